import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { alertmanagerFunctions } from './alertmanager-functions.ts'
import { DEFAULT_EMAIL } from './default-email.ts'
import { DEFAULT_TEMPLATES } from './default-templates.ts'
import { RULE_PREAMBLE } from './prometheus-data.ts'
import { prometheusFunctions } from './prometheus-functions.ts'
import { TemplateSet } from './template.ts'
import { SAMPLE_NOTIFICATION } from './testing/sample-notification.ts'

const DATA = join(import.meta.dirname, '../../../../shared/data')

function listFiles(pattern: RegExp): string[] {
  if (!existsSync(DATA)) return []
  const files: string[] = []
  for (const folder of ['configs', 'seeds']) {
    for (const name of readdirSync(join(DATA, folder), { recursive: true, encoding: 'utf8' })) {
      if (pattern.test(name)) files.push(join(DATA, folder, name))
    }
  }
  return files
}

/** All texts with actions in a YAML file, with the key that holds each. */
function collectTexts(value: unknown, key: string, out: [string, string][]): void {
  if (typeof value === 'string') {
    if (value.includes('{{')) out.push([key, value])
  } else if (Array.isArray(value)) {
    for (const item of value) collectTexts(item, key, out)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) collectTexts(item, name, out)
  }
}

function readTexts(file: string): [string, string][] {
  const out: [string, string][] = []
  for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
    collectTexts(document.toJS(), '', out)
  }
  return out
}

const isPresent = existsSync(DATA)
if (!isPresent) console.log('skipped: real templates need ../shared/data')

describe.skipIf(!isPresent)('templates of the field', () => {
  it('are read: the texts of rules', () => {
    const set = new TemplateSet({
      functions: prometheusFunctions({ query: () => Promise.resolve([]), externalUrl: '' }),
    })
    let count = 0
    for (const file of listFiles(/\.(?:ya?ml|rules)$/)) {
      const text = readFileSync(file, 'utf8')
      if (!/^\s*-?\s*alert:/m.test(text)) continue
      for (const [, template] of readTexts(file)) {
        set.extend(template, { name: file, preamble: RULE_PREAMBLE })
        count++
      }
    }
    console.log(`${count} texts of rules were read`)
    expect(count).toBeGreaterThan(0)
  })

  it('are read and evaluated: the texts of receivers, and template files', () => {
    const set = new TemplateSet({ functions: alertmanagerFunctions() })
    set.parse('default.tmpl', DEFAULT_TEMPLATES)
    set.parse('email.tmpl', DEFAULT_EMAIL)
    const files = listFiles(/\.tmpl$/)
    for (const file of files) set.parse(file, readFileSync(file, 'utf8'))
    expect(set.check()).toEqual([])
    let count = 0
    for (const file of listFiles(/\.ya?ml$/)) {
      const text = readFileSync(file, 'utf8')
      if (!/^receivers:/m.test(text) || !/^route:/m.test(text)) continue
      for (const [key, template] of readTexts(file)) {
        // A file may call templates of a file that is not among the data.
        if (/template "(?!\w+\.default\.|__)/.test(template)) set.extend(template, { name: key })
        else set.expandSync(template, SAMPLE_NOTIFICATION, { name: key })
        count++
      }
    }
    console.log(`${count} texts of receivers and ${files.length} template files were read`)
    expect(count).toBeGreaterThan(0)
  })
})
