package main

import (
	"fmt"
	"strings"

	"github.com/lanewise/lanewise/vae"
)

const (
	explainAE = `An autoencoder: of the SIZE numbers of each THING its encoder makes a code of LATENT numbers, and of
the code its decoder makes a THING. The loss is how far that is from the THING that there was.BOTTLENECK

Nothing says where codes are: between those of THINGs a code need not stand for any. So
there is no distribution to draw THINGs from; a variational autoencoder has one.`

	explainVAE = `A variational autoencoder: of the SIZE numbers of each THING its encoder makes a distribution
of codes of LATENT numbers, N(mu, exp(logvar)). Its decoder gets a draw of that,
z = mu + exp(logvar/2)·eps with eps from N(0, 1). Written so, which is the
reparameterization, gradients go through z to mu and logvar.BOTTLENECK

The loss has two parts. The reconstruction is -log p(x|z): how badly what is decoded explains
the THING. The KL is ½ Σ (exp(logvar) - 1 - logvar + mu²): how many nats the distribution of
the code tells more than the prior, N(0, 1). Their sum is the negative ELBO, a bound of
-log p(x). The first wants codes that tell THINGs apart, the second codes that tell little and
fill the prior: so what is drawn from the prior decodes to a THING, the components of a code
tend to be independent, and one that tells nothing has a KL of 0.`

	explainBottleneck = ` The code is a bottleneck: what it leaves out cannot come back, so that it learns to compress.`

	explainNoise = `

The encoder gets THINGs with noise, NOISE, and the loss compares with the clean
ones: it learns to remove the noise, and cannot just copy.`
)

// explain says what such a model is and what its loss means, a paragraph in each line.
func explain(c vae.Config, noise vae.Corruption) string {
	text, bottleneck := explainVAE, ""
	if c.Kind == vae.AE {
		text = explainAE
	}
	if c.Latent < c.Input.Size() {
		bottleneck = explainBottleneck
	}
	if noise != (vae.Corruption{}) {
		text += explainNoise
	}
	return strings.NewReplacer("\n\n", "\n", "\n", " ", "SIZE", fmt.Sprint(c.Input.Size()), "LATENT", fmt.Sprint(c.Latent),
		"BOTTLENECK", bottleneck, "a THING", article(c)+thing(c), "THING", thing(c), "NOISE", noiseText(noise)).Replace(text)
}

func article(c vae.Config) string {
	if thing(c) == "image" {
		return "an "
	}
	return "a "
}
