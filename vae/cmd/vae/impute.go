package main

import (
	"context"
	"fmt"
)

const aboutImpute = `Fills the gaps of a table: cells that are empty or NA become what the model makes of
the rest of their row, and the others stay as they are. The encoder sees the mean in a
gap at first, and then what was decoded there, -rounds times. A model is best at that
which was trained with -missing mask.

  vae impute -data gaps.csv -id id -out filled.csv`

func impute(ctx context.Context, std streams, args []string) error {
	var in inputFlags
	var out output
	t := tableTask{inputFlags: &in, out: &out, gaps: true}
	rounds := 10
	f := newFlags("impute")
	t.registerAlone(f, "fill the first `n` rows; all where it is left out")
	f.Var(&whole{&rounds, 1, 1 << 20}, "rounds", "`times` that a row goes through the model")
	out.register(f, std, "-", "CSV", ".csv", ".txt")
	if err := parse(f, std, args, aboutImpute); err != nil {
		return err
	}
	m, _, err := in.modelFlags.load(std)
	if err != nil {
		return err
	}
	if m.Columns() == nil {
		return fmt.Errorf("%s is a model of images: impute is for those of the rows of a table", in.checkpoint)
	}
	return t.impute(ctx, std, f, m, rounds)
}
