import { KubernetesFault } from './kubernetes-fault.ts'

const NEWLINE = 0x0a

/** The lines of a stream of bytes as JSON, one after the other. Rejects when one is longer than `maxLineBytes` or no JSON. */
export async function* readJsonLines(
  stream: AsyncIterable<unknown>,
  maxLineBytes: number,
): AsyncGenerator {
  let parts: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue
    let from = 0
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, to)])
      parts = []
      sizeBytes = 0
      from = to + 1
      if (line.length > maxLineBytes) throw tooLong(maxLineBytes)
      if (line.length > 0) yield parseJson(line)
    }
    if (from === chunk.length) continue
    parts.push(chunk.subarray(from))
    sizeBytes += chunk.length - from
    if (sizeBytes > maxLineBytes) throw tooLong(maxLineBytes)
  }
}

/** Rejects with a `KubernetesFault` that does not repeat the text. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (thrown) {
    throw new KubernetesFault('the answer of the API server is no JSON', { cause: thrown })
  }
}

function tooLong(maxLineBytes: number): KubernetesFault {
  return new KubernetesFault(
    `the API server sends an object of more than ${maxLineBytes / 1024 / 1024} MiB, which is not taken`,
  )
}
