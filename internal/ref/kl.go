package ref

// KL returns the Kullback–Leibler divergence of the normal distribution with
// mean mu and variance exp(logvar) from the standard one,
//
//	(exp(logvar) - 1 - logvar + mu²)/2,
//
// without cancellation near logvar = 0: see ExpmX.
//
// NaN in either gives NaN; an infinity in either gives +Inf. Error at
// most 6.11 ULP, which is reached: that of ExpmX, and half an ULP of the sum.
func KL(mu, logvar float32) float32 {
	return FMA(float32(0.5*mu), mu, halfExpmX(logvar))
}

// KLGrad returns the gradient of KL: mu and (exp(logvar)-1)/2.
//
// For logvar, NaN gives NaN, +Inf gives +Inf, -Inf gives -1/2, ±0 gives +0;
// error at most 1.55 ULP.
func KLGrad(mu, logvar float32) (dmu, dlogvar float32) {
	return mu, halfExpm1(logvar)
}

// Reparameterize returns z = mu + exp(logvar/2)*eps, the product and the sum
// rounded once.
//
// NaN in any gives NaN; logvar = -Inf gives mu; logvar = +Inf gives ±Inf, or NaN
// for eps = 0.
func Reparameterize(mu, logvar, eps float32) float32 {
	return FMA(Exp(0.5*logvar), eps, mu)
}

// ReparameterizeGrad returns the gradient of z with respect to mu and logvar:
// dz and dz*eps*exp(logvar/2)/2.
func ReparameterizeGrad(logvar, eps, dz float32) (dmu, dlogvar float32) {
	return dz, float32(float32(dz*eps) * float32(0.5*Exp(0.5*logvar)))
}
