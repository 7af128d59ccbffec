import type { JiraField, JiraSettings } from './jira-settings.ts'
import type { Notification } from './receiver-kind.ts'
import { jsonShape } from './render-shape.ts'
import type { TemplateShape } from './template-shape.ts'
import type { Texts } from './texts.ts'
import { truncateRunes } from './truncate.ts'

const MAX_SUMMARY_RUNES = 255
const MAX_DESCRIPTION_RUNES = 32_767

/** The label by which the issue of a group is found again. */
export function groupLabel({ dedupKey }: Notification): string {
  return `ALERT{${dedupKey}}`
}

/** The fields of an issue (notify/jira/jira.go); of one that exists only those that may change are written. */
export function writeIssue(
  settings: JiraSettings,
  texts: Texts,
  notification: Notification,
  isNew: boolean,
): Readonly<Record<string, TemplateShape | undefined>> {
  const fields = Object.entries(settings.fields).map(([name, value]): [string, TemplateShape] => [
    name,
    texts.shape(value),
  ])
  // A space would make Jira refuse the issue.
  const labels = settings.labels.map((label) => texts.plain(label).trim().replaceAll(/\s+/g, '_'))
  const priority = texts.plain(settings.priority)
  const isWritten = ({ enableUpdate }: JiraField): boolean => isNew || enableUpdate
  return {
    project: { key: texts.need('project', settings.project) },
    issuetype: { name: texts.need('issue_type', settings.issueType) },
    labels: [...labels.filter((label) => label !== ''), groupLabel(notification)].sort(),
    priority: priority === '' ? undefined : { name: priority },
    summary: isWritten(settings.summary)
      ? truncateRunes(oneLine(texts.show(settings.summary.template)), MAX_SUMMARY_RUNES)
      : undefined,
    // Last, because it tells what failed in the others.
    description: isWritten(settings.description) ? describe(settings, texts) : undefined,
    ...Object.fromEntries(fields),
  }
}

/** Version 3 of the API wants a document: what is none becomes the only paragraph of one. */
function describe(settings: JiraSettings, texts: Texts): TemplateShape | undefined {
  const text = texts.withErrors(texts.body(settings.description.template))
  if (text.trim() === '') return undefined
  if (!/\/3\/*$/.test(new URL(settings.apiUrl).pathname)) {
    return truncateRunes(text, MAX_DESCRIPTION_RUNES)
  }
  const document = /^\s*\{/.test(text) ? jsonShape(text) : undefined
  if (document !== undefined && typeof document !== 'string') return document
  const content = [{ type: 'text', text: truncateRunes(text, MAX_DESCRIPTION_RUNES) }]
  return { type: 'doc', version: 1, content: [{ type: 'paragraph', content }] }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
