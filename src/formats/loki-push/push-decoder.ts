import type { LogBatch } from '../../model/lines.ts'
import { decodeSnappy, SnappyScratch } from '../snappy/decode.ts'
import { decodeJsonPush } from './decode-json.ts'
import { decodeLegacyJsonPush } from './decode-legacy-json.ts'
import { decodeProtobufPush } from './decode-protobuf.ts'
import { LabelCache } from './label-cache.ts'

/** A larger push is unpacked into memory of its own. */
const KEPT_BYTES = 4 * 1024 * 1024

/**
 * Decodes pushes one after the other, in each form that Loki takes, and remembers their streams: one that comes again has the same
 * `Labels` object again. The bytes of a batch are lent: they lie in the request or in memory of the decoder, and are gone with the next
 * decode. Throws a `Problem`: `bad_data` for anything malformed, `limit` for what is larger than `maxBytes`.
 */
export class LokiPushDecoder {
  readonly #maxBytes: number
  readonly #scratch = new SnappyScratch(KEPT_BYTES)
  readonly #labels = new LabelCache()
  /** The legacy form and protobuf write labels in another way than the JSON form. */
  readonly #quotedLabels = new LabelCache()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  json(bytes: Uint8Array): LogBatch {
    return decodeJsonPush(bytes, this.#labels)
  }

  legacyJson(bytes: Uint8Array): LogBatch {
    return decodeLegacyJsonPush(bytes, this.#quotedLabels)
  }

  /** `compressed` is one Snappy block. */
  protobuf(compressed: Uint8Array): LogBatch {
    const bytes = decodeSnappy(compressed, this.#maxBytes, this.#scratch)
    return decodeProtobufPush(bytes, this.#quotedLabels)
  }
}
