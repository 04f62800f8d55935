package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// OpenFolder reads the images in a folder: all files whose names end in .png,
// .jpg or .jpeg, in upper or lower case, ordered by name (byte by byte, so
// 10.png stands before 9.png). Hidden files, whose names start with a dot, and
// subfolders are passed over.
//
// Colour is turned into grey by the usual luma weights of [image/color], and
// what is transparent is black. All images must have the size of the first; an
// image of another size, or of more than 2^22 pixels, gives an error that names
// the file, as do more than [MaxPixels] in all. Where the folder holds no
// images, the result is empty.
func OpenFolder(dir string) (Images, error) {
	l, err := list(dir)
	if err != nil {
		return Images{}, err
	}
	s, err := l.read(&Options{}, func(int) bool { return false })
	return s.Train, err
}

// A listing is what a folder holds.
type listing struct {
	dir    string
	images []string       // names, in order
	passed map[string]int // how many files have such endings; "/" are folders
	idx    []string       // names of files that may be IDX files of images
}

// list lists a folder. Hidden files are not there.
func list(dir string) (*listing, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, dirError(dir, err)
	}
	l := &listing{dir: dir, passed: map[string]int{}}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") { // such as macOS's ._1.png, no PNG at all
			continue
		}
		if e.IsDir() {
			l.passed["/"]++
			continue
		}
		end := strings.ToLower(filepath.Ext(name))
		image := slices.Contains([]string{".png", ".jpg", ".jpeg"}, end)
		if !image && !idxName.MatchString(name) {
			l.passed[end]++
			continue
		}
		ok, err := isFile(filepath.Join(dir, name))
		switch {
		case err != nil:
			return nil, err
		case !ok:
			l.passed["/"]++
		case image:
			l.images = append(l.images, name)
		default:
			l.idx = append(l.idx, name)
		}
	}
	return l, nil
}

// note tells what is passed over.
func (l *listing) note(o *Options) {
	passed := 0
	var what []string
	for end, n := range l.passed {
		passed += n
		switch end {
		case "/":
			what = append(what, plural(n, "sub-folder"))
		case "", ".":
			what = append(what, fmt.Sprintf("%d without an ending", n))
		default:
			what = append(what, fmt.Sprintf("%d %s", n, end))
		}
	}
	if passed > 0 {
		slices.Sort(what)
		o.note("reading %d of %d entries of %s: passed over %s", len(l.images), len(l.images)+passed, l.dir, strings.Join(what, ", "))
	}
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// mostNamed is how many bad files an error names.
const mostNamed = 10

// read reads the images, those that isTest tells of into the test set, until both sets
// have as many as are wanted. All files that cannot be read are one error.
func (l *listing) read(o *Options, isTest func(i int) bool) (Split, error) {
	tests := 0
	for i := range l.images {
		if isTest(i) {
			tests++
		}
	}
	r := reader{options: o}
	r.train.most, r.test.most = o.limit(len(l.images)-tests), o.limit(tests)
	var bad []error
	for i, name := range l.images {
		to := &r.train
		if isTest(i) {
			to = &r.test
		}
		if to.Len() == to.most && to.Size() > 0 {
			if r.train.Len() == r.train.most && r.test.Len() == r.test.most {
				break
			}
			continue
		}
		path := filepath.Join(l.dir, name)
		switch err := r.readFile(path, name, to); {
		case errors.Is(err, errFull):
			return Split{}, fmt.Errorf("dataset: %s: %w", l.dir, err)
		case err != nil:
			bad = append(bad, inFile(path, err))
		}
	}
	if len(bad) > 0 {
		return Split{}, l.refuse(bad)
	}
	if r.cropped != "" {
		o.note("%s has another ratio than %d pixels wide and %d high: its middle is taken, as that of all images",
			filepath.Join(l.dir, r.cropped), r.cols, r.rows)
	}
	switch {
	case o.Colour && r.coloured == "":
		o.note("no image of %s has colour", l.dir)
	case !o.Colour && r.coloured != "":
		o.note("%s has colour, which is turned into grey, as that of all images", filepath.Join(l.dir, r.coloured))
	}
	return Split{Train: r.train.Images, Test: r.test.Images, JPEG: r.jpeg}, nil
}

// refuse is the error of a folder with bad images.
func (l *listing) refuse(bad []error) error {
	if len(bad) == 1 {
		return bad[0]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "dataset: %d images of %s cannot be used", len(bad), l.dir)
	for _, err := range bad[:min(len(bad), mostNamed)] {
		b.WriteString(" | " + strings.TrimPrefix(err.Error(), "dataset: "))
	}
	if len(bad) > mostNamed {
		b.WriteString(" | …")
	}
	return errors.New(b.String())
}
