package dataset

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// HoldOut says which images of a folder [LoadDir] keeps for the test: those
// whose index is a multiple of it. One in seven is MNIST's own share; and a
// folder whose names run through ten classes in turn still gives a test set
// with all ten.
const HoldOut = 7

// LoadDir reads the training and test images in a folder, which holds either
//
//   - IDX files, read as by [OpenIDX]: train-images-idx3-ubyte and
//     t10k-images-idx3-ubyte, where test may stand for t10k, idx4 for idx3, .idx3 for -idx3, and
//     .gz may follow; both may begin with the name of a data set and a hyphen, if
//     there is one such set, as emnist-letters-train-images-idx3-ubyte.gz does. The
//     labels are read, too, from files of such names with labels and idx1 in place of
//     images and idx3, where they are; or else
//   - PNG or JPEG files, read as by [OpenFolder]: of those, ordered by name, the
//     first and every seventh from there (see [HoldOut]) are the test images.
//
// Neither set of the result is empty, and both have one size. LoadDir panics where the
// limit is negative, and where there is a size that [Images.Resize] would not take.
func LoadDir(dir string, o Options) (Split, error) {
	if o.Limit < 0 {
		panic("dataset: negative limit")
	}
	if o.resizes() {
		checkSize(o.Rows, o.Cols, o.Scale)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return Split{}, dirError(dir, err)
	}
	l, err := list(dir)
	if err != nil {
		return Split{}, err
	}
	s, err := l.load(&o)
	if err == nil {
		o.noteLevels(dir, &s)
	}
	return s, err
}

func (l *listing) load(o *Options) (Split, error) {
	if len(l.idx) > 0 {
		train, test, err := l.pair()
		if err != nil {
			return Split{}, err
		}
		s, err := loadIDX(train, test, o)
		if err == nil {
			o.colours(l.dir, &s)
		}
		if err == nil && o.resizes() {
			s, err = o.resize(l.dir, s)
		}
		return s, err
	}
	l.note(o)
	switch len(l.images) {
	case 0:
		return Split{}, fmt.Errorf("dataset: %s holds no images: looked for train-images-idx3-ubyte with t10k-images-idx3-ubyte (as they are or with .gz), "+
			"then for *.png, *.jpg and *.jpeg (not in subfolders); give a folder that holds them", l.dir)
	case 1:
		return Split{}, fmt.Errorf("dataset: %s holds a single image, but one to train and one to test are the least; "+
			"add images", l.dir)
	}
	return l.read(o, func(i int) bool { return i%HoldOut == 0 })
}

// idxName matches the names of files of images, as MNIST and its relatives are
// published, and as some archives have them: of a data set, if it says so, for
// training or for the test.
var idxName = regexp.MustCompile(`^(?:(.+)-)?(train|t10k|test)-images[-.]idx[34]-ubyte(?:\.gz)?$`)

// pair finds the two files of the data set that a folder holds: that without a name,
// or the only one with a name. Of several files for one purpose, the first is taken:
// unpacked before packed.
func (l *listing) pair() (train, test string, err error) {
	sets := map[string]*[2]string{}
	for _, name := range l.idx {
		m := idxName.FindStringSubmatch(name)
		if sets[m[1]] == nil {
			sets[m[1]] = new([2]string)
		}
		at := &sets[m[1]][0]
		if m[2] != "train" {
			at = &sets[m[1]][1]
		}
		if *at == "" || strings.HasSuffix(*at, ".gz") && !strings.HasSuffix(name, ".gz") {
			*at = name
		}
	}
	set := sets[""]
	if set == nil {
		var names []string
		for name, s := range sets {
			names, set = append(names, name), s
		}
		if len(sets) > 1 {
			slices.Sort(names)
			return "", "", fmt.Errorf("dataset: %s holds several data sets (%s); give a folder that holds one", l.dir, strings.Join(names, ", "))
		}
	}
	const mend = "as it is or with .gz"
	switch {
	case set[1] == "":
		return "", "", fmt.Errorf("dataset: %s has training images but no test images: add %s, "+mend, l.dir, strings.Replace(strings.TrimSuffix(set[0], ".gz"), "train-", "t10k-", 1))
	case set[0] == "":
		return "", "", fmt.Errorf("dataset: %s has test images but no training images: add %s, "+mend, l.dir, idxTest.ReplaceAllString(strings.TrimSuffix(set[1], ".gz"), "train-images"))
	}
	return filepath.Join(l.dir, set[0]), filepath.Join(l.dir, set[1]), nil
}

var idxTest = regexp.MustCompile(`(t10k|test)-images`)

func loadIDX(trainPath, testPath string, o *Options) (Split, error) {
	train, err := openLabelled(trainPath, o)
	if err != nil {
		return Split{}, err
	}
	rest := *o
	if o.Memory > 0 {
		rest.Memory = max(1, o.Memory-int64(len(train.Pixels)))
	}
	test, err := openLabelled(testPath, &rest)
	if err != nil {
		return Split{}, err
	}
	if train.Rows != test.Rows || train.Cols != test.Cols || train.Colour != test.Colour {
		return Split{}, fmt.Errorf("dataset: %s: wrong size: images of %dx%d%s, but those in %s are %dx%d%s; "+
			"give two files of one data set", testPath, test.Rows, test.Cols, inColour(test.Channels()),
			trainPath, train.Rows, train.Cols, inColour(train.Channels()))
	}
	return Split{Train: train, Test: test}, nil
}

// colours makes images of IDX files grey, unless they are wanted in colour.
func (o *Options) colours(dir string, s *Split) {
	switch {
	case o.Colour && !s.Train.Colour:
		o.note("no image of %s has colour", dir)
	case !o.Colour && s.Train.Colour:
		o.note("%s has colour, which is turned into grey", dir)
		s.Train, s.Test = s.Train.grey(), s.Test.grey()
	}
}

// grey is m without its colours, which it overwrites.
func (m Images) grey() Images {
	grey := m.Pixels[:len(m.Pixels)/3]
	for i := range grey {
		c := color.RGBA{m.Pixels[3*i], m.Pixels[3*i+1], m.Pixels[3*i+2], 255}
		grey[i] = color.GrayModel.Convert(c).(color.Gray).Y
	}
	m.Pixels, m.Colour = slices.Clip(grey), false
	return m
}

// resize scales images of IDX files.
func (o *Options) resize(dir string, s Split) (Split, error) {
	n, rows, cols := s.Train.Len()+s.Test.Len(), s.Train.Rows, s.Train.Cols
	rest := *o
	if o.Memory > 0 { // both are there, for a while
		rest.Memory = max(1, o.Memory-int64(n)*int64(s.Train.Size()))
	}
	if err := rest.room(n, o.Rows, o.Cols, s.Train.Channels()); err != nil {
		return Split{}, inFile(dir, err)
	}
	if center(cols, rows, o.Cols, o.Rows).Size() != image.Pt(cols, rows) {
		o.note("the images of %s have another ratio than %d pixels wide and %d high: their middle is taken", dir, o.Cols, o.Rows)
	}
	for _, m := range []*Images{&s.Train, &s.Test} {
		var err error
		if *m, err = m.resize(o.Rows, o.Cols, o.Scale); err != nil {
			return Split{}, inFile(dir, err)
		}
	}
	return s, nil
}

// openLabelled reads the images at path, with their labels if there is such a file.
func openLabelled(path string, o *Options) (Images, error) {
	m, total, err := openImages(path, o)
	if err != nil {
		return Images{}, err
	}
	labels, err := findLabels(path)
	if err != nil || labels == "" {
		return m, err
	}
	if m.Labels, err = openLabels(labels, &labelled{path, total, m.Len()}); err != nil {
		return Images{}, err
	}
	return m, nil
}

// isFile says whether path is a regular file, or a link to one. A folder counts
// as absent: some archives unpack each file into a folder of its own name. A
// link to nothing is an error, and so is a pipe or a device, which might block
// or never end.
func isFile(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, lerr := os.Lstat(path); lerr != nil {
			return false, nil
		}
		return false, fmt.Errorf("dataset: %s is a link to a missing file; fetch the file or remove the link: %w", path, err)
	}
	switch {
	case err != nil:
		return false, inFile(path, err)
	case info.IsDir():
		return false, nil
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("dataset: %s is not a regular file; replace it by a copy of the data", path)
	}
	return true, nil
}

// dirError explains why dir cannot be listed.
func dirError(dir string, err error) error {
	if info, serr := os.Stat(dir); serr == nil && !info.IsDir() {
		return fmt.Errorf("dataset: %s is a file, not a folder; give the folder that holds it", dir)
	}
	return fmt.Errorf("dataset: %w; give a folder of IDX files or of PNG or JPEG images", err)
}
