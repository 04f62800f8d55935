package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// HoldOut says which images of a folder [LoadDir] keeps for the test: those
// whose index is a multiple of it. One in seven is MNIST's own share; and a
// folder whose names run through ten classes in turn still gives a test set
// with all ten.
const HoldOut = 7

// The names under which the files of MNIST and its relatives are found: as
// published, and as some archives have them. Each may end in .gz.
var (
	trainNames = []string{"train-images-idx3-ubyte", "train-images.idx3-ubyte"}
	testNames  = []string{"t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"}
)

// LoadDir reads the training and test images in a folder, which holds either
//
//   - IDX files, read by [OpenIDX]: train-images-idx3-ubyte and
//     t10k-images-idx3-ubyte, where .idx3 may stand for -idx3 and .gz may
//     follow; or else
//   - PNG or JPEG files, read by [OpenFolder]: of those, ordered by name, the
//     first and every seventh from there (see [HoldOut]) are the test images.
//
// Neither set of the result is empty, and both have one size.
func LoadDir(dir string) (Split, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return Split{}, dirError(dir, err)
	}
	train, err := find(dir, trainNames)
	if err != nil {
		return Split{}, err
	}
	test, err := find(dir, testNames)
	if err != nil {
		return Split{}, err
	}
	switch {
	case train != "" && test != "":
		return loadIDX(train, test)
	case train != "":
		return Split{}, fmt.Errorf("dataset: %s has training images but no test images: add one of %s, "+
			"as it is or with .gz", dir, strings.Join(testNames, ", "))
	case test != "":
		return Split{}, fmt.Errorf("dataset: %s has test images but no training images: add one of %s, "+
			"as it is or with .gz", dir, strings.Join(trainNames, ", "))
	}

	m, err := OpenFolder(dir)
	if err != nil {
		return Split{}, err
	}
	switch m.Len() {
	case 0:
		return Split{}, fmt.Errorf("dataset: %s holds no images: looked for %s with %s (as they are or with .gz), "+
			"then for *.png, *.jpg and *.jpeg (not in subfolders); give a folder that holds them",
			dir, strings.Join(trainNames, " or "), strings.Join(testNames, " or "))
	case 1:
		return Split{}, fmt.Errorf("dataset: %s holds a single image, but one to train and one to test are the least; "+
			"add images", dir)
	}
	return m.split(), nil
}

func loadIDX(trainPath, testPath string) (Split, error) {
	train, err := OpenIDX(trainPath)
	if err != nil {
		return Split{}, err
	}
	test, err := OpenIDX(testPath)
	if err != nil {
		return Split{}, err
	}
	if train.Rows != test.Rows || train.Cols != test.Cols {
		return Split{}, fmt.Errorf("dataset: %s: wrong size: images of %dx%d, but those in %s are %dx%d; "+
			"give two files of one data set", testPath, test.Rows, test.Cols, trainPath, train.Rows, train.Cols)
	}
	return Split{Train: train, Test: test}, nil
}

// split copies every image whose index is a multiple of HoldOut to the test
// set, the others to the training set.
func (m Images) split() Split {
	tests := (m.Len() + HoldOut - 1) / HoldOut
	test := make([]byte, 0, tests*m.Size())
	train := make([]byte, 0, (m.Len()-tests)*m.Size())
	for i := range m.Len() {
		if i%HoldOut == 0 {
			test = append(test, m.Image(i)...)
		} else {
			train = append(train, m.Image(i)...)
		}
	}
	return Split{Train: Images{train, m.Rows, m.Cols}, Test: Images{test, m.Rows, m.Cols}}
}

// find gives the path of the first file in dir that has one of the names, or
// "" where there is none.
func find(dir string, names []string) (string, error) {
	for _, name := range names {
		for _, ext := range []string{"", ".gz"} {
			path := filepath.Join(dir, name+ext)
			if ok, err := isFile(path); ok || err != nil {
				return path, err
			}
		}
	}
	return "", nil
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
