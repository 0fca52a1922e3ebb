import { defineOp } from '../define-op.ts'
import { launch } from '../encoder.ts'
import { checkIds, checkTensor } from '../logits.ts'
import type { Tensor } from '../tensor.ts'

/**
 * After a draw, in place: rows marked in `finished` (bool or u8 [B]) get `padTokenId` in `ids` (i32 [B]);
 * the others are marked if they drew one of `eosTokenIds`.
 */
export const finish = defineOp(
  { name: 'finish', gradient: 'none' },
  (
    ids: Tensor,
    finished: Tensor,
    options: { eosTokenIds: readonly number[]; padTokenId: number },
  ): void => {
    const { eosTokenIds, padTokenId } = options
    checkTensor('finish', 'ids', ids, ['i32'], [-1])
    checkTensor('finish', 'finished', finished, ['bool', 'u8'], ids.shape)
    checkIds('finish', [padTokenId, ...eosTokenIds])
    launch(
      'finish',
      'xx',
      [ids, finished],
      (p) => p.i32(padTokenId).list(eosTokenIds),
      eosTokenIds.length,
    )
  },
)
