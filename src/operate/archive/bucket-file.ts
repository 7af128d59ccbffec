import { Problem } from '../../model/problem.ts'

/**
 * What the engine keeps on the first disk for each file of a bucket: which objects hold it, one after the other. The form is that of
 * ClickHouse's disks over object storage, whose version 5 names objects by their whole keys.
 */
export interface BucketPiece {
  /** From the top of the bucket. */
  readonly key: string
  readonly sizeBytes: number
}

const VERSION = 5

/** Throws a `Problem` for what is none, and for another version: its keys mean something else. */
export function readBucketFile(text: string): readonly BucketPiece[] {
  const [version, counts = '', ...lines] = text.split('\n')
  const [count, total] = counts.split('\t').map(Number)
  const pieces = lines.slice(0, count).flatMap((line) => {
    const [, size, key] = /^(\d+)\t(.+)$/.exec(line) ?? []
    return key === undefined ? [] : [{ key, sizeBytes: Number(size) }]
  })
  const sum = pieces.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0)
  // Behind the pieces: how many others need them, whether they may be changed, and content that is kept here.
  const inline = lines.slice((count ?? 0) + 2).join('')
  if (version !== String(VERSION) || pieces.length !== count || sum !== total || inline !== '') {
    throw new Problem(
      'bad_data',
      'the list of the archive is not of the form that is known: the engine has changed it',
    )
  }
  return pieces
}

/** A file that nobody else needs the objects of. */
export function printBucketFile(pieces: readonly BucketPiece[]): string {
  const total = pieces.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0)
  const lines = pieces.map(({ key, sizeBytes }) => `${sizeBytes}\t${key}\n`)
  return `${VERSION}\n${pieces.length}\t${total}\n${lines.join('')}0\n0\n\n`
}
