import type { ConfigReader } from './config-reader.ts'

const layerTypes = ['full_attention', 'sliding_attention'] as const
type LayerType = (typeof layerTypes)[number]

/**
 * Each layer's attention window, undefined where it sees everything: from `layer_types`, else from
 * `isSliding(layer)`; the width is `sliding_window` when `use_sliding_window` is set.
 */
export function readLayerWindows(
  reader: ConfigReader,
  numHiddenLayers: number,
  options: { slidingWindow?: number; isSliding: (layer: number) => boolean },
): readonly (number | undefined)[] {
  const width = reader.boolean('use_sliding_window', false)
    ? reader.optionalInteger('sliding_window', { default: options.slidingWindow })
    : undefined
  const rule = "'full_attention' or 'sliding_attention'"
  const listed = reader.list('layer_types', numHiddenLayers, rule, isLayerType)
  return Array.from({ length: numHiddenLayers }, (_, layer) => {
    if (listed === undefined) return options.isSliding(layer) ? width : undefined
    if (listed[layer] === 'full_attention') return undefined
    if (width !== undefined) return width
    throw reader.error('layer_types', 'may name sliding_attention only with a sliding window')
  })
}

function isLayerType(value: unknown): value is LayerType {
  return layerTypes.includes(value as LayerType)
}
