// Webhook is a mutating admission webhook as people write one with controller-runtime: it decodes the pod,
// appends env and volumes, encodes it, and lets PatchResponseFromRaw find out what has changed.
//
// It knows nothing of PodDefaults: what it adds is fixed, and no conflict is looked for.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"net/http"
	"os"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// Addition is what every pod gets: env and mounts go into each of its containers.
type Addition struct {
	Annotations  map[string]string    `json:"annotations"`
	Env          []corev1.EnvVar      `json:"env"`
	Volumes      []corev1.Volume      `json:"volumes"`
	VolumeMounts []corev1.VolumeMount `json:"volumeMounts"`
}

type mutator struct {
	decoder  admission.Decoder
	addition Addition
}

func (m *mutator) Handle(_ context.Context, request admission.Request) admission.Response {
	pod := &corev1.Pod{}
	if err := m.decoder.Decode(request, pod); err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	for key, value := range m.addition.Annotations {
		pod.Annotations[key] = value
	}
	for at := range pod.Spec.Containers {
		container := &pod.Spec.Containers[at]
		container.Env = append(container.Env, m.addition.Env...)
		container.VolumeMounts = append(container.VolumeMounts, m.addition.VolumeMounts...)
	}
	pod.Spec.Volumes = append(pod.Spec.Volumes, m.addition.Volumes...)
	changed, err := json.Marshal(pod)
	if err != nil {
		return admission.Errored(http.StatusInternalServerError, err)
	}
	return admission.PatchResponseFromRaw(request.Object.Raw, changed)
}

func main() {
	address := flag.String("address", "127.0.0.1:0", "where to listen")
	chain := flag.String("cert", "", "the certificate")
	key := flag.String("key", "", "its key")
	file := flag.String("add", "", "what is added, as JSON")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	handler := &mutator{}
	data, err := os.ReadFile(*file)
	if err == nil {
		err = json.Unmarshal(data, &handler.addition)
	}
	if err != nil {
		panic(err)
	}
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	handler.decoder = admission.NewDecoder(scheme)
	mux := http.NewServeMux()
	mux.Handle("/mutate", &admission.Webhook{Handler: handler})
	server := &http.Server{
		Addr:         *address,
		Handler:      mux,
		TLSConfig:    &tls.Config{MinVersion: tls.VersionTLS12},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // as the API server: HTTP/1.1
	}
	panic(server.ListenAndServeTLS(*chain, *key))
}
