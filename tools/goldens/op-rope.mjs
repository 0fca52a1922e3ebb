/** A table of cosines and sines as a model would make it; undefined for kinds that are not supported yet. */
export function ropeTable(h, { positions }, args) {
  const parameters = parametersOf(args)
  if (!parameters) return undefined
  const rotary = new h.Rotary(parameters, {
    headDim: args.dim,
    maxPositionEmbeddings: args.max_positions ?? 2048,
  })
  const sequenceLength = args.seq_len ?? 1
  const table = rotary.table({ positions: positions.unsqueeze(0), sequenceLength })
  return {
    inv_freq: h.tensor(rotary.inverseFrequencies(sequenceLength)),
    cos: table.select(0, 0).select(0, 0),
    sin: table.select(0, 1).select(0, 0),
  }
}

/** Rotary embedding of pairs (i, i + dim / 2). */
export function rope(h, { x, positions }, { dim, theta, style }) {
  if (style !== 'half') return undefined
  const sizes = { headDim: dim, maxPositionEmbeddings: 2048 }
  const rotary = new h.Rotary({ type: 'default', theta }, sizes)
  return h.rope(x, rotary.table({ positions, sequenceLength: 1 }))
}

function parametersOf({ theta, scaling, max_positions }) {
  const type = scaling?.rope_type ?? 'default'
  const factor = scaling?.factor
  const original = scaling?.original_max_position_embeddings ?? max_positions
  if (type === 'default') return { type, theta }
  if (type === 'linear' || type === 'dynamic') return { type, theta, factor }
  if (type === 'llama3') {
    return {
      type,
      theta,
      factor,
      lowFreqFactor: scaling.low_freq_factor,
      highFreqFactor: scaling.high_freq_factor,
      originalMaxPositionEmbeddings: original,
    }
  }
  if (type !== 'yarn') return undefined
  return {
    type,
    theta,
    factor,
    originalMaxPositionEmbeddings: original,
    attentionFactor: scaling.attention_factor ?? 0.1 * Math.log(factor) + 1,
    betaFast: scaling.beta_fast ?? 32,
    betaSlow: scaling.beta_slow ?? 1,
    truncate: scaling.truncate ?? true,
  }
}
