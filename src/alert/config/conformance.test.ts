import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readAlertmanagerConfig, readAlertmanagerFile } from './alertmanager-config.ts'
import { printAlertmanagerConfig } from './print.ts'
import { parseJson } from '../../../test/house/parse-json.ts'

const shared = path.resolve(import.meta.dirname, '../../../../shared')
const suite = path.join(shared, 'conformance/data/alertmanager')
const data = path.join(shared, 'data')

interface Verdict {
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  /** What the configuration prints as; '' with errors. */
  readonly printed: string
}

const ENV = {
  ALERT_EMAIL: 'ops@example.org',
  SMTP_USERNAME: 'me',
  SMTP_PASSWORD: 'hidden-1',
}

/** Reads a text that stands in a file of that name, with the placeholders of the examples filled in. */
function read(text: string, file: string): Verdict {
  const faults = new FaultList()
  const filled = text
    .replaceAll('YOUR_SLACK_WEBHOOK_URL', 'https://hooks.slack.com/services/hidden-2')
    .replaceAll('<slack-webhook-url>', 'https://hooks.slack.com/services/hidden-3')
    .replaceAll('<pagerduty-key>', 'hidden-4')
  const node = parseYaml(filled, { file: path.basename(file), faults, env: ENV })
  const config = node && readAlertmanagerConfig(node, { faults, folder: path.dirname(file) })
  const of = (severity: string): string[] =>
    faults.items.filter((fault) => fault.severity === severity).map(formatFault)
  const printed = config && !faults.hasErrors ? printAlertmanagerConfig(config) : ''
  return { errors: of('error'), warnings: of('warning'), printed }
}

const hasSuite = existsSync(suite)
if (!hasSuite) console.log('skipped: the conformance data is not beside the project')

function load<T>(file: string): T[] {
  if (!hasSuite) return []
  const text = readFileSync(path.join(suite, file), 'utf8')
  return parseJson(text, (json): json is T[] => Array.isArray(json))
}

describe.skipIf(!hasSuite)("Alertmanager's own configuration files", () => {
  const files = load<{ readonly file: string; readonly good: boolean }>('config/INDEX.json')

  it.each(files)('$file: good is $good', ({ file, good }) => {
    const full = path.join(suite, 'config', file)
    const { errors } = read(readFileSync(full, 'utf8'), full)
    expect(errors.length === 0).toBe(good)
    for (const error of errors) expect(error).toMatch(/^[\w.-]+:[1-9]\d*:[1-9]\d*: /)
  })

  const inline = load<{ readonly test: string; readonly yaml: string; readonly valid: boolean }>(
    'config-inline.json',
  )

  // Label names beyond the classic ones: refused in the mode that those tests run in, taken by the program itself.
  const classicOnly = new Set(['TestRouteLabelsInvalidLabelName'])

  it.each(inline)('$test: valid is $valid', ({ test, yaml, valid }) => {
    const { errors } = read(yaml, '/none/inline.yml')
    expect(errors.length === 0).toBe(valid || classicOnly.has(test))
  })

  it.each(['route_labels.yml', 'simple.yml'])('the example %s is good', (name) => {
    const full = path.join(suite, 'examples', name)
    expect(read(readFileSync(full, 'utf8'), full).errors).toEqual([])
  })
})

/** Files of Alertmanager among the seeds and the configs of small teams. */
function fieldFiles(): string[] {
  return ['seeds', 'configs/alertmanager']
    .flatMap((folder) =>
      readdirSync(path.join(data, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        path.join(data, folder, file),
      ),
    )
    .filter((file) => /alertmanager[^/]*\.ya?ml$|configs\/alertmanager\/.*\.ya?ml$/.test(file))
    .sort()
}

const hasData = existsSync(data)
if (!hasData) console.log('skipped: the configurations of the field are not beside the project')

describe.skipIf(!hasData)('configurations of the field', () => {
  const files = hasData ? fieldFiles() : []

  it('are found', () => expect(files.length).toBeGreaterThanOrEqual(7))

  it.each(files)('%s is read, printed without secrets, and read again', (file) => {
    const first = read(readFileSync(file, 'utf8'), file)
    expect(first.errors).toEqual([])
    expect(first.printed).not.toContain('hidden-')
    const revealed = first.printed
      .replaceAll(/(_?url): <secret>/g, '$1: https://example.org/hidden-5')
      .replaceAll('<secret>', 'hidden-6')
    const again = read(revealed, file)
    expect(again.errors).toEqual([])
    expect(again.printed).toBe(first.printed)
  })
})

it('an unset variable is an error at its line', () => {
  const faults = new FaultList()
  const text = "route: {receiver: a}\nreceivers:\n- name: a\n  email_configs: [{to: '${NOBODY}'}]\n"
  const node = parseYaml(text, { file: 'a.yml', faults, env: {} })
  if (node) readAlertmanagerConfig(node, { faults, folder: '/' })
  expect(faults.items.map(formatFault)).toContainEqual(
    expect.stringMatching(/^a\.yml:4:24: to: the environment variable NOBODY is not set/),
  )
  expect(readAlertmanagerFile('/none/a.yml', { faults })).toBeUndefined()
})
