import type { LogBatch } from '../../model/lines.ts'
import { decodeSnappy } from '../snappy/decode.ts'
import { decodeJsonPush } from './decode-json.ts'
import { decodeLegacyJsonPush } from './decode-legacy-json.ts'
import { decodeProtobufPush } from './decode-protobuf.ts'
import { LabelCache } from './label-cache.ts'

/**
 * Decodes pushes one after the other, in each form that Loki takes, and remembers their streams: one that comes again has the same
 * `Labels` object again. Throws a `Problem`: `bad_data` for anything malformed, `limit` for what is larger than `maxBytes`.
 */
export class LokiPushDecoder {
  readonly #maxBytes: number
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
    return decodeProtobufPush(decodeSnappy(compressed, this.#maxBytes), this.#quotedLabels)
  }
}
