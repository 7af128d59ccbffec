import { escapeQuery } from '../gotemplate/escape-text.ts'
import type { FunctionTable, GoFunction } from '../gotemplate/function.ts'
import { aString, anInt, define } from '../gotemplate/function.ts'
import { TemplateSet } from '../gotemplate/template.ts'
import { GoTime } from '../gotemplate/time.ts'
import { mathFunctions } from './template-math.ts'
import { stringFunctions } from './template-strings.ts'
import { timeFunctions } from './template-time.ts'

/** The line that a template is evaluated for, which its functions look at. */
export interface CurrentLine {
  readonly text: string
  readonly timestampNs: bigint
}

/** For templates that are only read. */
export const NO_LINE: CurrentLine = { text: '', timestampNs: 0n }

/** Texts of lines and labels are shorter than this; a template cannot make one that is longer. */
const LIMITS = { maxTextLength: 4 * 1024 * 1024, maxSteps: 200_000, maxSourceLength: 128 * 1024 }

const SHARED: readonly [string, GoFunction][] = [
  ...stringFunctions(),
  ...mathFunctions(),
  ...timeFunctions(),
  ['urlencode', define([aString], escapeQuery)],
  ['urldecode', define([aString], unescapeQuery)],
  [
    'alignLeft',
    define([anInt, aString], (count, text, context) =>
      align(Number(count), text, false, context.maxTextLength),
    ),
  ],
  [
    'alignRight',
    define([anInt, aString], (count, text, context) =>
      align(Number(count), text, true, context.maxTextLength),
    ),
  ],
]

/** The functions of `line_format` and `label_format` (pkg/logql/log/fmt.go). `current` is asked anew at every call. */
function lineFunctions(current: CurrentLine): FunctionTable {
  return new Map<string, GoFunction>([
    ...SHARED,
    ['__line__', define([], () => current.text)],
    ['__timestamp__', define([], () => new GoTime(current.timestampNs))],
  ])
}

/** Templates that can be evaluated for one line after the other. */
export function lineTemplates(current: CurrentLine): TemplateSet {
  return new TemplateSet({ functions: lineFunctions(current), missingKey: 'zero', limits: LIMITS })
}

/** Go's url.QueryUnescape. */
function unescapeQuery(text: string): string {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(text)?.[0]
  if (bad !== undefined) throw new Error(`invalid URL escape ${JSON.stringify(bad)}`)
  const spaced = text.replaceAll('+', ' ')
  return spaced.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return '\ufffd'.repeat(run.length / 3)
    }
  })
}

/** A text cut or filled with spaces to a width in characters, as seen from the left or from the right. */
function align(width: number, text: string, isRight: boolean, maxLength: number): string {
  const chars = Array.from(text)
  if (width < 0 || width === chars.length) return text
  if (width > maxLength) throw new Error(`text longer than ${maxLength} characters`)
  const padding = ' '.repeat(Math.max(width - chars.length, 0))
  if (padding !== '') return isRight ? padding + text : text + padding
  return isRight ? chars.slice(chars.length - width).join('') : chars.slice(0, width).join('')
}
