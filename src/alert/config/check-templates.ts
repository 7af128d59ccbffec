import { readFileSync, statSync } from 'node:fs'
import { alertmanagerFunctions } from '../../lang/gotemplate/alertmanager-functions.ts'
import { DEFAULT_EMAIL } from '../../lang/gotemplate/default-email.ts'
import { DEFAULT_TEMPLATES } from '../../lang/gotemplate/default-templates.ts'
import { TemplateError } from '../../lang/gotemplate/template-error.ts'
import { TemplateSet } from '../../lang/gotemplate/template.ts'
import { messageOf } from '../../model/problem.ts'
import type { FaultList } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { TemplatePattern } from './templates.ts'

/** Longer files are refused: a template is written by hand. */
const MAX_FILE_BYTES = 4 * 1024 * 1024

/** Values of such keys never show in messages, so they are not looked at. */
const SECRET_KEY = /(?:password|secret|token|key|url)$/

/**
 * The default templates and those of `templates:`. A file that is no template, and a circle of calls that nothing ends, are
 * errors, because no notification would get through; what only a text would stumble over is a warning, because then the
 * notification is sent with the fault shown in it.
 */
export class TemplateCheck {
  readonly #set = new TemplateSet({ functions: alertmanagerFunctions() })
  /** What is wrong in the files is not said again for each text that uses them. */
  readonly #known: ReadonlySet<string>

  constructor(patterns: readonly TemplatePattern[], faults: FaultList) {
    this.#set.parse('default.tmpl', DEFAULT_TEMPLATES)
    this.#set.parse('email.tmpl', DEFAULT_EMAIL)
    const files = new Set(patterns.flatMap((pattern) => pattern.files))
    for (const file of files) this.#addFile(file, faults)
    const found = this.#set.check()
    this.#known = new Set(found.map(({ message }) => message))
    for (const { template, line, message } of found) {
      const file = this.#set.lookUp(template)?.parseName ?? ''
      const severity = this.#set.findCycle(template) === undefined ? 'warning' : 'error'
      if (files.has(file)) faults.add({ file, line, col: 1, message, severity })
    }
  }

  /** Warns about each text below a node that is no template, or calls one that nobody defines. */
  checkTexts(node: YamlNode): void {
    if (node.isMap) {
      for (const entry of node.asMap()?.entries() ?? []) {
        if (!SECRET_KEY.test(entry.name)) this.checkTexts(entry)
      }
    } else if (node.isScalar) this.#checkText(node)
    else for (const item of node.asList() ?? []) this.checkTexts(item)
  }

  #checkText(node: YamlNode): void {
    const text = node.asRawString() ?? ''
    if (!text.includes('{{')) return
    try {
      const fault = this.#set
        .extend(text)
        .check()
        .find(({ message }) => !this.#known.has(message))
      if (fault !== undefined) node.warn(placeOf(fault.message))
    } catch (thrown) {
      if (!(thrown instanceof TemplateError)) throw thrown
      node.warn(placeOf(thrown.message))
    }
  }

  #addFile(file: string, faults: FaultList): void {
    const fail = (message: string, line = 0): void =>
      faults.add({ file, line, col: line === 0 ? 0 : 1, message, severity: 'error' })
    try {
      const { size } = statSync(file)
      if (size > MAX_FILE_BYTES) {
        fail(`the file has ${size} bytes, at most ${MAX_FILE_BYTES} are read`)
      } else this.#set.parse(file, readFileSync(file, 'utf8'))
    } catch (thrown) {
      fail(messageOf(thrown), thrown instanceof TemplateError ? thrown.line : 0)
    }
  }
}

/** A text has no name of its own, and one line most often: `template: :1: …`. */
function placeOf(message: string): string {
  return message.replace(/^template: :([0-9]+): /, (_, line) =>
    line === '1' ? '' : `line ${line} of the template: `,
  )
}
