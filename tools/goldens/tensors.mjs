/** All wanted tensors of a safetensors file as `Map<name, { shape, dtype, data }>`; i64 data are bigints. */
export async function readTensors(heddle, path, wanted = () => true) {
  const file = await heddle.openSafetensors(path)
  const out = new Map()
  try {
    for (const name of file.names) {
      if (!wanted(name)) continue
      const { shape, dtype } = file.info(name)
      const tensor = file.tensor(name)
      try {
        out.set(name, { shape, dtype, data: await tensor.data() })
      } finally {
        tensor.dispose()
      }
    }
  } finally {
    file.dispose()
  }
  return out
}

/** Integers of any width as i32, for ids, masks and lengths. */
export const int32 = (data) => Int32Array.from(data, Number)

/** Rows of a flat [rows, columns] array, as lists of numbers. */
export function rowsOf({ shape, data }) {
  const [rows, columns] = shape
  return Array.from({ length: rows }, (_, i) =>
    Array.from(data.subarray(i * columns, (i + 1) * columns), Number),
  )
}
