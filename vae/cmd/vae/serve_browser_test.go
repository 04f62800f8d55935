package main

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lanewise/lanewise/vae"
)

// drivePage uses the page of vae serve in a frame as a person does: it gives a row, asks
// for its reconstruction, and moves a slider. In its title it leaves what there is to see.
const drivePage = `<!doctype html><body style="margin:0"><iframe src="/" style="border:0;width:400px;height:900px"></iframe><script>
addEventListener("load", async () => {
	const frame = document.querySelector("iframe"), d = frame.contentDocument, $ = s => d.querySelector(s), all = s => [...d.querySelectorAll(s)];
	const until = async what => { while (!what()) await new Promise(r => setTimeout(r, 10)); };
	const look = e => e.tagName == "CANVAS" ? e.toDataURL() : e.textContent;
	await until(() => $("#decoded figure"));
	const example = $("#row").placeholder;
	$("#row").value = decodeURIComponent(location.hash.slice(1));
	$("#form button").click();
	await until(() => $("#error").textContent || all("#answer figure").length == 2 && $("#decoded figcaption"));
	const seen = [d.documentElement.scrollWidth - 400, $("h1").textContent, all("#answer canvas, #answer table").length,
		all("#scores tr").map(e => [...e.children].map(c => c.textContent).join("|")).join("+"), all("#layers tr").length, $("#error").textContent, example];
	if (!$("#error").textContent) {
		const slider = $("#sliders input"), output = slider.nextElementSibling;
		seen.push(output.textContent);
		const before = look($("#decoded canvas, #decoded table"));
		slider.value = 4;
		slider.dispatchEvent(new Event("input"));
		await until(() => $("#decoded canvas, #decoded table") && look($("#decoded canvas, #decoded table")) != before);
		seen.push(output.textContent, frame.contentWindow.getComputedStyle(d.body).backgroundColor);
	}
	document.title = seen.join("; ");
});
</script>`

// TestServeInBrowser shows the page of vae serve in Chromium: see TestPageInBrowser.
func TestServeInBrowser(t *testing.T) {
	needBrowser(t)
	image := testModel(t, vae.DenseConfig(vae.VAE, vae.Shape{Height: 4, Width: 3, Channels: 1}, []int{7}, 2))
	for _, c := range []struct {
		name string
		m    *vae.Model
		row  string
		want string // a regular expression
	}{
		{"image", image, strings.Repeat("0.5%20", 12), `0; VAE of images of 4×3×1; 2; elbo\|[\d.]+\|\|\+error\|[\d.]+\|\|\+bound\|[\d.]+\|\|; 8; ; ; -?[\d.]+; 4; rgb\(255, 255, 255\)`},
		{"table", tableModel(t), `6,5,on`, `0; VAE of rows of 3 columns; 2; elbo\|[\d.]+\|\|most of it: .*\+error\|[\d.]+\|(anomaly: above|normal: up to) 0.5\|most of it: .*; 8; ; \[-?[\d.]+,-?[\d.]+,"o(n|ff)"\]; -?[\d.]+; 4; rgb\(255, 255, 255\)`},
		{"wrong", image, `1 2`, `0; VAE of images of 4×3×1; 0; ; 8; row 0: 2 numbers: want 12; `},
		{"text", tableModel(t), `[1, "<b>x</b>", "on"]`, `0; VAE of rows of 3 columns; 0; ; 8; row 0: column "size": .*<b>x</b>.*; \[.*\]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := newServer(c.m, 1, 1<<20, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			mux := http.NewServeMux()
			mux.Handle("/", s.handler())
			mux.HandleFunc("/drive", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, drivePage) })
			h := httptest.NewServer(mux)
			defer h.Close()
			dom := browse(t, h.URL+"/drive#"+c.row, "--blink-settings=preferredColorScheme=1", "--dump-dom", "--virtual-time-budget=10000")
			title := regexp.MustCompile(`(?s)<title>(.*)</title>`).FindStringSubmatch(dom)
			if title == nil || !regexp.MustCompile("^"+c.want+"$").MatchString(html.UnescapeString(title[1])) {
				t.Errorf("it shows %q, want %s", title, c.want)
			}
		})
	}
}
