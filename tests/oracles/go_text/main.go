// Asks Go's text/template what it makes of texts: one JSON object a line in, one verdict a line out.
//
// In: {"text": "...", "ports": {"id": "path"}}. Out: {"ok": true, "stage": "", "output": "<base64>"}; the stage of a
// refusal is "parse" or "exec". The data is nil, and the function takes a named string type, as in Kubeflow.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"text/template"
)

type portID string

type question struct {
	Text  string            `json:"text"`
	Ports map[string]string `json:"ports"`
}

type verdict struct {
	OK     bool   `json:"ok"`
	Stage  string `json:"stage"`
	Output []byte `json:"output"`
	Error  string `json:"error"`
}

func judge(asked question) verdict {
	functions := template.FuncMap{
		"httpPathPrefix": func(id portID) string { return asked.Ports[string(id)] },
	}
	parsed, err := template.New("value").Funcs(functions).Parse(asked.Text)
	if err != nil {
		return verdict{Stage: "parse", Error: err.Error()}
	}
	var output bytes.Buffer
	if err := parsed.Execute(&output, nil); err != nil {
		return verdict{Stage: "exec", Error: err.Error()}
	}
	return verdict{OK: true, Output: output.Bytes()}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if err := answers.Encode(judge(asked)); err != nil {
			os.Exit(2)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
