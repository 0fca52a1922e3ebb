/** All tensors of a safetensors file as `Map<name, { shape, dtype, data }>` with plain number arrays for integers. */
export async function readTensors(heddle, path, wanted = () => true) {
  const file = await heddle.openSafetensors(path)
  const out = new Map()
  try {
    for (const name of file.names) {
      if (!wanted(name)) continue
      const { shape, dtype } = file.info(name)
      const tensor = file.tensor(name)
      try {
        const data = await tensor.data()
        out.set(name, {
          shape,
          dtype,
          data: data instanceof BigInt64Array ? Array.from(data, Number) : data,
        })
      } finally {
        tensor.dispose()
      }
    }
  } finally {
    file.dispose()
  }
  return out
}

/** Rows of a flat [rows, columns] array. */
export function rowsOf({ shape, data }) {
  const [rows, columns] = shape
  return Array.from({ length: rows }, (_, i) =>
    Array.from(data.slice(i * columns, (i + 1) * columns), Number),
  )
}
