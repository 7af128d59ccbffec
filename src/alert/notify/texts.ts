import type { Notification, NotificationTemplates } from './receiver-kind.ts'
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

  /** A text for people. */
  show(template: string): string {
    return this.#templates.renderText(template, this.#notification).text
  }

  /** A text for people with markup: values are escaped. */
  showHtml(template: string): string {
    const { text, error } = this.#templates.renderHtml(template, this.#notification)
    return error === undefined ? text : escapeHtml(text)
  }

  /** A text that a machine reads and can do without; empty when its template fails. */
  plain(template: string): string {
    const { text, error } = this.#templates.renderText(template, this.#notification)
    if (error === undefined) return text
    this.#errors.add(error)
    return ''
  }

  /** A text without which nothing can be sent. Throws SendFault, which is final, when its template fails. */
  need(name: string, template: string): string {
    const { text, error } = this.#templates.renderText(template, this.#notification)
    if (error !== undefined) throw new SendFault(`the template of ${name} failed: ${error}`)
    return text
  }

  /** A value of any shape, its texts rendered. */
  shape(shape: TemplateShape): TemplateShape {
    return renderShape(shape, (template) =>
      this.#templates.renderText(template, this.#notification),
    )
  }

  /** A text for people with what `plain` met so far. */
  withErrors(text: string): string {
    const lines = [...this.#errors].map((error) => `A template failed: ${error}`)
    return [...(text === '' ? [] : [text]), ...lines].join('\n')
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
