import { readFile } from 'node:fs/promises'
import { messageOf } from '../../model/problem.ts'
import type { ReadContext } from '../../yaml/context.ts'
import { atMostOne, readExistingPath } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { Secret } from '../../yaml/secret.ts'
import { describePlaceholder } from './fields.ts'

/** A secret that stands in the configuration, or in a file (absolute) that is read anew each time it is needed. */
export type SecretSource =
  | { readonly kind: 'text'; readonly secret: Secret }
  | { readonly kind: 'file'; readonly file: string }

/** The text of a secret, without white space around it where it comes from a file. Rejects when the file cannot be read. */
export async function revealSource(source: SecretSource): Promise<string> {
  if (source.kind === 'text') return source.secret.reveal()
  try {
    return (await readFile(source.file, 'utf8')).trim()
  } catch (thrown) {
    throw new Error(`cannot read ${source.file}: ${messageOf(thrown)}`, { cause: thrown })
  }
}

/** Reads `name` and `name_file`, of which at most one may be set. */
export function readSecretSource(
  map: YamlMap,
  name: string,
  context: ReadContext,
): SecretSource | undefined {
  const text = map.key(name)
  atMostOne(map, [name, `${name}_file`])
  const secret = text.asSecret()
  const file = readExistingPath(map.key(`${name}_file`), context)
  if (secret !== undefined && secret.reveal() !== '') {
    // The original's own example has such keys, so this is no error; every delivery will fail.
    const placeholder = describePlaceholder(secret.reveal())
    if (placeholder !== undefined) text.warn(placeholder)
    return { kind: 'text', secret }
  }
  return file === undefined ? undefined : { kind: 'file', file }
}

/** The two keys as they are printed again: `<secret>`, or the file's name. */
export function printSecretSource(
  name: string,
  source: SecretSource | undefined,
): Record<string, Secret | string | undefined> {
  return {
    [name]: source?.kind === 'text' ? source.secret : undefined,
    [`${name}_file`]: source?.kind === 'file' ? source.file : undefined,
  }
}
