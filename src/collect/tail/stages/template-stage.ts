import { TemplateError } from '../../../lang/gotemplate/template-error.ts'
import { TemplateSet } from '../../../lang/gotemplate/template.ts'
import { GoMap, type GoValue } from '../../../lang/gotemplate/value.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import type { Extracted } from './extracted.ts'
import { readRequired, readSettings } from './settings.ts'
import type { StageSpec, StepStage } from './stage.ts'
import { templateFunctions } from './template-functions.ts'
import { textOf } from './value-text.ts'

/** Bounds on what one template may take for one line. */
const LIMITS = { maxTextLength: 4 * 1024 * 1024, maxSteps: 200_000, maxSourceLength: 128 * 1024 }

const NAME = 'pipeline_template'

/** Parses a template, or reports at its place why it is none. */
export function parseTemplate(node: YamlNode, text: string): TemplateSet | undefined {
  const set = new TemplateSet({
    functions: templateFunctions(),
    missingKey: 'default',
    limits: LIMITS,
  })
  try {
    set.parse(NAME, text)
    return set
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown
    return node.error(`not a valid template: ${thrown.message}`)
  }
}

/** The output for some data; undefined when the template fails. */
export function evaluateTemplate(set: TemplateSet, data: GoMap): string | undefined {
  try {
    return set.evaluateSync(NAME, data)
  } catch (thrown) {
    if (thrown instanceof TemplateError) return undefined
    throw thrown
  }
}

/** The extracted values that have a text, by name. */
export function textsOf(extracted: Extracted): Map<string, GoValue> {
  const texts = new Map<string, GoValue>()
  for (const [name, value] of extracted.entries()) {
    const text = textOf(value)
    if (text !== undefined) texts.set(name, text)
  }
  return texts
}

/** `template`: makes an extracted value of others (`.name`), of its own value (`.Value`) and of the line (`.Entry`). */
export function readTemplate(node: YamlNode): StageSpec['compile'] | undefined {
  const settings = readSettings(node, ['source', 'template'], (map) => ({
    source: readRequired(map, 'source'),
    template: parseTemplate(map.key('template'), map.key('template').asRawString() ?? ''),
  }))
  const { source, template } = settings ?? {}
  if (source === undefined || template === undefined) return undefined
  return () => templateStage(source, template)
}

function templateStage(source: string, template: TemplateSet): StepStage {
  return {
    step: ({ line, extracted }) => {
      const texts = textsOf(extracted)
      const own = texts.get(source)
      if (own !== undefined) texts.set('Value', own)
      texts.set('Entry', line)
      const text = evaluateTemplate(template, new GoMap(texts))
      // An empty output takes the value away; a template that fails leaves it.
      if (text === '') extracted.delete(source)
      else if (text !== undefined) extracted.set(source, text)
      return true
    },
  }
}
