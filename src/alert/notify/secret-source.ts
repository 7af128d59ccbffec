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
  const source = readSource(map, name, context)
  const placeholder = source?.kind === 'text' && describePlaceholder(source.secret.reveal())
  // The original's own example has such keys, so this is no error; every delivery will fail.
  if (placeholder) map.key(name).warn(placeholder)
  return source
}

/** As `readSecretSource` for a URL that is a secret, because who knows it may post. */
export function readSecretUrlSource(
  map: YamlMap,
  name: string,
  context: ReadContext,
): SecretSource | undefined {
  const source = readSource(map, name, context)
  const written = source?.kind === 'text' ? source.secret.reveal() : 'http://in.its.file'
  if (/^https?:\/\/[^/?#]/i.test(written) && URL.canParse(written)) return source
  // The value itself must not show in the message.
  return map
    .key(name)
    .error(
      describePlaceholder(written) ??
        'must be a URL that starts with http:// or https:// and names a host',
    )
}

function readSource(map: YamlMap, name: string, context: ReadContext): SecretSource | undefined {
  atMostOne(map, [name, `${name}_file`])
  const secret = map.key(name).asSecret()
  const file = readExistingPath(map.key(`${name}_file`), context)
  if (secret !== undefined && secret.reveal() !== '') return { kind: 'text', secret }
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
