import { embedding, packedEmbedding, type Tensor } from '@heddle/tensor'
import { Module } from './module.ts'
import { Parameter } from './parameter.ts'

/** Rows of a table by index: i32 [...] to f32 [..., embeddingDim]; an index outside is `ERR_INDEX`. */
export class Embedding extends Module {
  readonly weight: Parameter // [numEmbeddings, embeddingDim]

  constructor(numEmbeddings: number, embeddingDim: number) {
    super()
    this.weight = new Parameter([numEmbeddings, embeddingDim])
  }

  forward(ids: Tensor): Tensor {
    const { packed } = this.weight
    return packed ? packedEmbedding(packed, ids) : embedding(this.weight.tensor, ids)
  }
}
