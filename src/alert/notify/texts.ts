import type { KeyValues, Notification, NotificationTemplates, Rendered } from './receiver-kind.ts'
import { renderShape } from './render-shape.ts'
import { SendFault } from './send-fault.ts'
import type { TemplateShape } from './template-shape.ts'

/**
 * The texts of one notification. A template that fails never loses it: what people read shows the error, what machines read
 * (a colour, a link) is left out and the error told by `withErrors`, and only what nothing can be sent without is a failure.
 */
export class Texts {
  readonly #templates: NotificationTemplates
  readonly #notification: Notification
  readonly #errors = new Set<string>()

  constructor(templates: NotificationTemplates, notification: Notification) {
    this.#templates = templates
    this.#notification = notification
  }

  /** The text in which people read what goes on: when its template fails, the alerts are listed below the error. */
  body(template: string): string {
    const { text, error } = this.#render(template)
    return error === undefined ? text : `${text}\n\n${this.#list()}`
  }

  /** As `body`, with markup: values are escaped. */
  htmlBody(template: string): string {
    const { text, error } = this.#templates.renderHtml(template, this.#notification)
    return error === undefined
      ? text
      : `${escapeHtml(text)}\n\n<pre>${escapeHtml(this.#list())}</pre>`
  }

  /** A shorter text for people. */
  show(template: string): string {
    return this.#render(template).text
  }

  /** Shorter texts by name. */
  showAll(templates: KeyValues): Record<string, string> {
    const entries = Object.entries(templates).map(([name, template]): [string, string] => [
      name,
      this.show(template),
    ])
    return Object.fromEntries(entries)
  }

  /** A text that a machine reads and can do without; empty when its template fails. */
  plain(template: string): string {
    const { text, error } = this.#render(template)
    if (error === undefined) return text
    this.#errors.add(error)
    return ''
  }

  /** A text without which nothing can be sent. Throws SendFault, which is final, when its template fails. */
  need(name: string, template: string): string {
    const { text, error } = this.#render(template)
    if (error !== undefined) throw new SendFault(`the template of ${name} failed: ${error}`)
    return text
  }

  /** A value of any shape, its texts rendered. */
  shape(shape: TemplateShape): TemplateShape {
    return renderShape(shape, (template) => this.#render(template))
  }

  /** A text for people with what `plain` met so far. */
  withErrors(text: string): string {
    return [...(text === '' ? [] : [text]), ...this.errors].join('\n')
  }

  /** What `plain` met so far, for people. */
  get errors(): readonly string[] {
    return [...this.#errors].map((error) => `A template failed: ${error}`)
  }

  #render(template: string): Rendered {
    return this.#templates.renderText(template, this.#notification)
  }

  #list(): string {
    const { text, error } = this.#render('{{ template "__text_body" . }}')
    return error === undefined ? text : ''
  }
}

/** A text as HTML shows it. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;')
}
