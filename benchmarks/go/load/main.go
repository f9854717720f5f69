// Load posts one body again and again over some TLS connections that stay open, and prints how long each took.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"sync"
	"time"
)

// Figures is what is printed: the answers, the seconds that they took together, and of one, in milliseconds.
type Figures struct {
	Answers int     `json:"answers"`
	Seconds float64 `json:"seconds"`
	P50     float64 `json:"p50"`
	P99     float64 `json:"p99"`
	Last    string  `json:"last"`
}

func main() {
	address := flag.String("address", "", "where the server listens")
	authority := flag.String("ca", "", "who issued its certificate")
	file := flag.String("body", "", "what is posted")
	connections := flag.Int("connections", 16, "how many at once")
	count := flag.Int("count", 1000, "how many answers in all")
	flag.Parse()
	body, pool := read(*file), x509.NewCertPool()
	if !pool.AppendCertsFromPEM(read(*authority)) {
		panic("no certificate in " + *authority)
	}
	head := fmt.Sprintf("POST /mutate?timeout=5s HTTP/1.1\r\nHost: localhost\r\n"+
		"User-Agent: kube-apiserver-admission\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(body))
	request := append([]byte(head), body...)
	each := *count / *connections
	took := make([]time.Duration, each**connections)
	opened := make([]*tls.Conn, *connections)
	for at := range opened {
		opened[at] = connect(*address, pool)
	}
	var last []byte
	var waiting sync.WaitGroup
	began := time.Now()
	for at, connection := range opened {
		waiting.Add(1)
		go func() {
			defer waiting.Done()
			found := post(connection, request, took[at*each:(at+1)*each])
			if at == 0 {
				last = found
			}
		}()
	}
	waiting.Wait()
	seconds := time.Since(began).Seconds()
	sort.Slice(took, func(a, b int) bool { return took[a] < took[b] })
	figures := Figures{len(took), seconds, at(took, 0.5), at(took, 0.99), string(last)}
	if err := json.NewEncoder(os.Stdout).Encode(figures); err != nil {
		panic(err)
	}
}

func read(name string) []byte {
	data, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return data
}

func connect(address string, pool *x509.CertPool) *tls.Conn {
	connection, err := tls.Dial("tcp", address, &tls.Config{RootCAs: pool, ServerName: "localhost"})
	if err != nil {
		panic(err)
	}
	return connection
}

// post sends the request as often as there are places for the time that it takes; the last answer's body.
func post(connection *tls.Conn, request []byte, took []time.Duration) []byte {
	defer connection.Close()
	reader := bufio.NewReaderSize(connection, 1<<16)
	var data []byte
	for at := range took {
		began := time.Now()
		if _, err := connection.Write(request); err != nil {
			panic(err)
		}
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			panic(err)
		}
		if data, err = io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
			panic(fmt.Sprint(answer.Status, err))
		}
		took[at] = time.Since(began)
	}
	return data
}

func at(took []time.Duration, share float64) float64 {
	return float64(took[min(int(share*float64(len(took))), len(took)-1)]) / float64(time.Millisecond)
}
