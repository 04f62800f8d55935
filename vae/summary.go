package vae

// A LayerInfo is what a description says of a layer in its place.
type LayerInfo struct {
	Part    string // encoder, mu, logvar or decoder
	Kind    string
	In, Out Shape
	Weights int
	// FLOP are the operations of a forward pass of one image, two for each fused
	// multiply-add; those of elementwise layers and of other packages do not count.
	FLOP int64
}

// Layers lists the layers in the order in which an image meets them.
func (c Config) Layers() ([]LayerInfo, error) {
	n, err := c.network()
	if err != nil {
		return nil, err
	}
	var infos []LayerInfo
	add := func(part string, units ...unit) {
		for _, u := range units {
			info := LayerInfo{Part: part, Kind: u.layer.Kind(), In: u.in, Out: u.out}
			for _, p := range u.params {
				info.Weights += p.Size()
			}
			if l, ok := u.layer.(interface{ multiplications(in, out Shape) int64 }); ok {
				info.FLOP = 2 * l.multiplications(u.in, u.out)
			}
			infos = append(infos, info)
		}
	}
	add("encoder", n.encoder...)
	add("mu", n.mu)
	if c.Kind == VAE {
		add("logvar", n.logvar)
	}
	add("decoder", n.decoder...)
	return infos, nil
}

func (d Dense) multiplications(in, _ Shape) int64 { return int64(in.Size()) * int64(d.Out) }

func (c Conv2D) multiplications(in, out Shape) int64 {
	return int64(out.Size()) * int64(c.Kernel*c.Kernel) * int64(in.Channels)
}

func (c ConvTranspose2D) multiplications(in, out Shape) int64 {
	return int64(in.Size()) * int64(c.Kernel*c.Kernel) * int64(out.Channels)
}
