package main

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// measurePage puts the report in a frame and leaves in its own text what a reader sees of
// it: how far it goes beyond the frame, how many pictures are broken, and its colours.
const measurePage = `<!doctype html><body style="margin:0"><iframe src="report.html" style="border:0;width:%dpx;height:800px" onload="
const d = this.contentDocument, w = this.contentWindow, style = w.getComputedStyle(d.body);
document.title = [d.documentElement.scrollWidth - %[1]d, [...d.images].filter(i => !i.naturalWidth).length,
	d.images.length, style.color, style.backgroundColor].join('; ')"></iframe>`

func needBrowser(t *testing.T) {
	if os.Getenv("LANEWISE_CHROMIUM") == "" {
		t.Skip("LANEWISE_CHROMIUM names no browser")
	}
}

// browse shows a page in the browser, whose console is to stay empty, and returns what it
// writes to standard output.
func browse(t *testing.T, url string, args ...string) string {
	t.Helper()
	args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files",
		"--enable-logging=stderr", "--user-data-dir=" + t.TempDir()}, args...)
	cmd := exec.Command(os.Getenv("LANEWISE_CHROMIUM"), append(args, url)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	if strings.Contains(stderr.String(), "CONSOLE") {
		t.Errorf("the console says %s", &stderr)
	}
	return string(stdout)
}

// TestPageInBrowser shows the report in Chromium, which the environment variable
// LANEWISE_CHROMIUM names: at 400 pixels and wider, light and dark, nothing is cut off,
// no picture is broken, and the console stays empty.
func TestPageInBrowser(t *testing.T) {
	needBrowser(t)
	out := t.TempDir()
	must(t, tiny("digits", out, "-limit", "256", "-epochs", "3")...)
	for scheme, want := range []string{"rgb(230, 232, 236); rgb(21, 23, 27)", "rgb(29, 33, 41); rgb(255, 255, 255)"} {
		setting := fmt.Sprint("--blink-settings=preferredColorScheme=", scheme)
		for _, width := range []int{400, 1000} {
			frame := filepath.Join(out, "frame.html")
			if err := os.WriteFile(frame, fmt.Appendf(nil, measurePage, width), 0o666); err != nil {
				t.Fatal(err)
			}
			dom := browse(t, "file://"+frame, setting, "--dump-dom", "--virtual-time-budget=5000")
			title := regexp.MustCompile(`<title>(.*)</title>`).FindStringSubmatch(dom)
			if title == nil || title[1] != "0; 0; 5; "+want {
				t.Errorf("%d pixels wide, scheme %d: %v, want %s", width, scheme, title, want)
			}
		}
		shot := filepath.Join(out, "shot.png")
		browse(t, "file://"+filepath.Join(out, pageName), setting, "--window-size=400,2000", "--screenshot="+shot)
		img, err := png.Decode(bytes.NewReader(read(t, shot)))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for y := range img.Bounds().Dy() {
			seen[fmt.Sprint(img.At(200, y))] = true
		}
		if len(seen) < 20 {
			t.Errorf("scheme %d: a screenshot of %d colours", scheme, len(seen))
		}
	}
}
