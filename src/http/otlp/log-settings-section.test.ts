import { describe, expect, it } from 'vitest'
import {
  DEFAULT_INDEX_ATTRIBUTES,
  DEFAULT_OTLP_LOG_SETTINGS,
  indexRule,
  type OtlpLogSettings,
} from '../../formats/otlp/log-rules.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readOtlpLogSettings } from './log-settings-section.ts'

function read(text: string, index?: readonly string[]): [OtlpLogSettings, string[]] {
  const faults = new FaultList()
  const root = parseYaml(text, { faults, file: 'a.yml', env: {} })
  return [readOtlpLogSettings(root, index), faults.items.map(formatFault)]
}

describe('otlp_config', () => {
  it('need not be there', () => {
    expect(readOtlpLogSettings(undefined, undefined)).toBe(DEFAULT_OTLP_LOG_SETTINGS)
    expect(readOtlpLogSettings(undefined, ['a.b']).resource).toEqual([indexRule(['a.b'])])
  })

  it('has rules behind the list of Loki, or in its place', () => {
    const [settings, told] = read(`
resource_attributes:
  attributes_config:
    - {action: drop, regex: 'secret\\..*'}
    - {attributes: [host.name]}
scope_attributes: [{action: drop, attributes: [x]}]
log_attributes: [{action: index_label, attributes: [tier]}]
severity_text_as_label: true
`)
    expect(told).toEqual([])
    expect(settings).toEqual({
      resource: [
        indexRule(DEFAULT_INDEX_ATTRIBUTES),
        { action: 'drop', attributes: [], regex: 'secret\\..*' },
        { action: 'structured_metadata', attributes: ['host.name'], regex: undefined },
      ],
      scope: [{ action: 'drop', attributes: ['x'], regex: undefined }],
      log: [{ action: 'index_label', attributes: ['tier'], regex: undefined }],
      severityTextAsLabel: true,
    })
    const [own] = read('resource_attributes: {ignore_defaults: true}')
    expect(own.resource).toEqual([])
  })

  it.each([
    ['scope_attributes: [{action: index_label, attributes: [a]}]', 'structured_metadata, drop'],
    ['log_attributes: [{action: keep, attributes: [a]}]', 'index_label'],
    ['log_attributes: [{action: drop}]', 'attributes or regex must be set'],
    ['log_attributes: [{attributes: [a], regex: b}]', 'only one of attributes or regex'],
    ["log_attributes: [{regex: '('}]", 'not a regular expression'],
    ['resource_attributes: {attributes: []}', 'unknown key'],
  ])('%s is refused', (text, reason) => {
    expect(read(text)[1].join('\n')).toContain(reason)
  })
})
