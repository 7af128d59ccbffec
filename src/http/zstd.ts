import { promisify } from 'node:util'
import * as zlib from 'node:zlib'

type Unpack = (
  body: Buffer,
  options: { readonly maxOutputLength: number },
  done: (error: Error | null, plain: Buffer) => void,
) => void

function isUnpack(found: unknown): found is Unpack {
  return typeof found === 'function'
}

const found: unknown = Reflect.get(zlib, 'zstdDecompress')

/** Undoes zstd where Node can: from 22.15 and 23.8 on. Rejects as the other functions of `node:zlib` do. */
export const unpackZstd = isUnpack(found) ? promisify(found) : undefined
