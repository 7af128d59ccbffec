/** Where backups lie: a folder, or a bucket. Keys are paths with `/`, of small letters, digits, `-`, `_` and `.`. */
export interface BackupTarget {
  /** For people; without secrets. */
  readonly name: string
  /** The size of what lies there, in bytes; undefined when nothing does. */
  sizeOf(key: string): Promise<number | undefined>
  /** Writes it whole or not at all. */
  put(key: string, body: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<void>
  /** Rejects with a `Problem` `not_found`. */
  get(key: string): Promise<AsyncIterable<Uint8Array>>
  /** Keys that begin so, in order. */
  list(prefix: string): Promise<readonly string[]>
  remove(key: string): Promise<void>
  close(): Promise<void>
}

/** The whole of something small. */
export async function readWhole(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}
