import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { readPrometheusFile } from './prometheus-config.ts'
import { parseJson } from '../../../test/house/parse-json.ts'

const shared = path.resolve(import.meta.dirname, '../../../../shared')
const suite = path.join(shared, 'conformance/data/prometheus/config')
const data = path.join(shared, 'data')

function read(file: string): { errors: string[]; warnings: string[] } {
  const faults = new FaultList()
  readPrometheusFile(file, { faults, shownAs: path.basename(file), env: {} })
  const of = (severity: string): string[] =>
    faults.items.filter((fault) => fault.severity === severity).map(formatFault)
  return { errors: of('error'), warnings: of('warning') }
}

interface Case {
  readonly file: string
  /** Null where the suite loads the file for something else. */
  readonly good: boolean | null
}

const hasSuite = existsSync(suite)
if (!hasSuite) console.log('skipped: the conformance data is not beside the project')

describe.skipIf(!hasSuite)("Prometheus's own configuration files", () => {
  it('are accepted and refused as by Prometheus', () => {
    const cases = parseJson(
      readFileSync(path.join(suite, 'INDEX.json'), 'utf8'),
      (json): json is Case[] => Array.isArray(json),
    )
    const right = { good: 0, bad: 0 }
    const total = { good: 0, bad: 0 }
    for (const { file, good } of cases) {
      if (good === null) continue
      const { errors } = read(path.join(suite, file))
      const kind = good ? 'good' : 'bad'
      total[kind]++
      if ((errors.length === 0) === good) right[kind]++
      else console.log(`differs from Prometheus: ${file}: ${errors.join('; ') || 'accepted'}`)
    }
    console.log(
      `prometheus/config: ${right.good}/${total.good} good accepted, ${right.bad}/${total.bad} bad refused`,
    )
    expect(right.good / total.good).toBeGreaterThanOrEqual(0.9)
    expect(right.bad / total.bad).toBeGreaterThanOrEqual(0.9)
  })
})

/** Configurations of Prometheus among the seeds and the configs of small teams, by path below `data`. */
function fieldFiles(): string[] {
  const all = ['seeds', 'configs/prometheus'].flatMap((folder) =>
    readdirSync(path.join(data, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      path.join(folder, file),
    ),
  )
  return all.filter((file) => /(?:^|\/)prometheus[^/]*\.ya?ml$/.test(file)).sort()
}

const hasData = existsSync(data)
if (!hasData) console.log('skipped: the configurations of the field are not beside the project')

describe.skipIf(!hasData)('configurations of the field', () => {
  it('all load', () => {
    const files = fieldFiles()
    const verdicts = readFileSync(path.join(data, 'VERDICTS.txt'), 'utf8')
    let quirks = 0
    for (const file of files) {
      const { errors, warnings } = read(path.join(data, file))
      expect(errors, file).toEqual([])
      const isRejected = verdicts.includes(`REJECT ${file} `)
      const shown = warnings.filter((warning) => /\bwrite \w+: [[{]/i.test(warning))
      if (isRejected) quirks++
      expect(shown.length > 0, `${file}: ${warnings.join('\n')}`).toBe(isRejected)
    }
    console.log(`${files.length} configurations load, ${quirks} of them with their canonical form`)
    expect(files.length).toBeGreaterThan(8)
    expect(quirks).toBe(2)
  })
  it('lead to the rule files beside them', () => {
    const faults = new FaultList()
    const config = readPrometheusFile(path.join(data, 'seeds/koprogo/prometheus.yml'), { faults })
    expect(config?.ruleFiles.flatMap((rule) => rule.files)).toEqual([
      path.join(data, 'seeds/koprogo/alerts/koprogo.yml'),
    ])
  })
})
