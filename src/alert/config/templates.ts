import type { YamlNode } from '../../yaml/node.ts'
import { locate } from '../../yaml/locate.ts'
import type { ReadContext } from '../../yaml/context.ts'

/** One pattern of `templates:` and the files that are there now. All paths are absolute. */
export interface TemplatePattern {
  readonly pattern: string
  readonly files: readonly string[]
}

/** Reads `templates:`. A pattern without files is warned about only: they may come before the next reload. */
export function readTemplatePatterns(
  node: YamlNode,
  context: ReadContext,
): readonly TemplatePattern[] {
  return (node.asList() ?? []).flatMap((item) => {
    const written = item.asString()
    if (written === undefined || written === '') return item.error('must not be empty') ?? []
    const found = locate(written, context.folder)
    if (found.files.length === 0) item.warn(`no file is at ${found.pattern}`, 'missing-file')
    return [found]
  })
}
