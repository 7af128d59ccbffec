import { readFileSync } from 'node:fs'
import { DEFAULT_EMAIL } from '../../lang/gotemplate/default-email.ts'
import { DEFAULT_TEMPLATES } from '../../lang/gotemplate/default-templates.ts'
import { alertmanagerFunctions } from '../../lang/gotemplate/alertmanager-functions.ts'
import { notificationData } from '../../lang/gotemplate/alertmanager-data.ts'
import { TemplateSet } from '../../lang/gotemplate/template.ts'
import type { GoValue } from '../../lang/gotemplate/value.ts'
import { messageOf } from '../../model/problem.ts'
import type { KeyValues, Notification, NotificationTemplates, Rendered } from './receiver-kind.ts'

export interface TemplateEvents {
  /** A template failed while a notification was made; the notification is sent with the error shown. */
  readonly onError: (error: string, notification: Notification) => void
}

/** Longer files are refused: a template is written by hand. */
const MAX_FILE_BYTES = 4 * 1024 * 1024

/**
 * Reads template files on top of the default ones. Throws with the file's name and the place in it for a file that cannot be
 * read or parsed.
 */
export function loadTemplates(
  files: readonly string[],
  events: TemplateEvents,
): NotificationTemplates {
  const functions = alertmanagerFunctions()
  const text = new TemplateSet({ functions, mode: 'text' })
  const html = new TemplateSet({ functions, mode: 'html' })
  const add = (name: string, content: string): void => {
    text.parse(name, content)
    html.parse(name, content)
  }
  add('default.tmpl', DEFAULT_TEMPLATES)
  add('email.tmpl', DEFAULT_EMAIL)
  for (const file of files) {
    const content = readFileSync(file)
    if (content.length > MAX_FILE_BYTES)
      throw new Error(`${file}: longer than ${MAX_FILE_BYTES} bytes, which no template is`)
    try {
      add(file, content.toString('utf8'))
    } catch (thrown) {
      throw new Error(`${file}: ${messageOf(thrown)}`, { cause: thrown })
    }
  }
  // What templates see of a notification is made once for all texts of it.
  const seen = new WeakMap<Notification, GoValue>()
  const dataOf = (notification: Notification): GoValue => {
    const known = seen.get(notification)
    if (known !== undefined) return known
    const data = toData(notification)
    seen.set(notification, data)
    return data
  }
  const render = (set: TemplateSet, template: string, notification: Notification): Rendered => {
    try {
      const output = set.expandSync(template, dataOf(notification), {
        timestampMs: notification.nowMs,
      })
      return { text: output, error: undefined }
    } catch (thrown) {
      const error = messageOf(thrown)
      events.onError(error, notification)
      return { text: `The template of this text failed: ${error}`, error }
    }
  }
  return {
    renderText: (template, notification) =>
      template.includes('{{')
        ? render(text, template, notification)
        : { text: template, error: undefined },
    renderHtml: (template, notification) => render(html, template, notification),
  }
}

function toData(notification: Notification): GoValue {
  const map = (values: KeyValues): ReadonlyMap<string, string> => new Map(Object.entries(values))
  return notificationData({
    receiver: notification.receiver,
    alerts: notification.alerts.map((alert) => ({
      ...alert,
      labels: map(alert.labels),
      annotations: map(alert.annotations),
    })),
    groupLabels: map(notification.groupLabels),
    externalUrl: notification.externalUrl,
    notificationReason: notification.reason,
    routeLabels: map(notification.routeLabels),
    areRouteLabelsExpanded: true,
  })
}
