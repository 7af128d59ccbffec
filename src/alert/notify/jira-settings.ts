import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import {
  durationMs,
  optionalFlag,
  printTable,
  readTable,
  shapeMap,
  template,
  templates,
  url,
  word,
  type Setting,
} from './settings-table.ts'

/** A field of an issue. */
export interface JiraField {
  readonly template: string
  /** Whether an issue that exists is changed too. */
  readonly enableUpdate: boolean
}

/** A template, or a mapping that says besides whether the field is updated. */
function field(fallback: string): Setting<JiraField> {
  const table = { template: template(fallback), enableUpdate: optionalFlag() }
  return {
    read: (map, key, context) => {
      const node = map.key(key)
      const inner = node.isMap ? node.asMap() : undefined
      if (!inner)
        return { template: template(fallback).read(map, key, context), enableUpdate: true }
      const values = readTable(table, inner, context)
      inner.finish()
      return { template: values.template, enableUpdate: values.enableUpdate ?? true }
    },
    print: (value, key) => ({
      [key]: printTable(table, {
        template: value.template,
        enableUpdate: value.enableUpdate ? undefined : false,
      }),
    }),
  }
}

const TABLE = {
  apiUrl: url(),
  apiType: word(['auto', 'cloud', 'datacenter'], 'auto'),
  project: template(),
  summary: field('{{ template "jira.default.summary" . }}'),
  description: field('{{ template "jira.default.description" . }}'),
  labels: templates(),
  priority: template('{{ template "jira.default.priority" . }}'),
  issueType: template(),
  reopenTransition: template(),
  resolveTransition: template(),
  wontFixResolution: template(),
  reopenDuration: durationMs(),
  fields: shapeMap(),
}

/** One entry of `jira_configs` (notify/jira/config.go). `reopenDuration` is in milliseconds, 0 is without end. */
export type JiraSettings = TableSettings<typeof TABLE> & { readonly apiUrl: string }

export const jiraSection = httpSection<typeof TABLE, JiraSettings>({
  name: 'jira',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map, global }) => {
    needOneOf(map, ['project'])
    needOneOf(map, ['issue_type'])
    const apiUrl = values.apiUrl ?? global.jiraApiUrl
    if (apiUrl === undefined) needOneOf(map, ['api_url'], ', or jira_api_url in global')
    return apiUrl === undefined ? undefined : { ...values, apiUrl }
  },
})
