import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import MimeNode from 'nodemailer/lib/mime-node'
import type { EmailSettings } from './email-settings.ts'
import { fewerAlerts } from './fewer-alerts.ts'
import type { Notification } from './receiver-kind.ts'
import { escapeHtml, type Texts } from './texts.ts'

/** What the mail says unless the file says otherwise under the same names. */
const DEFAULT_SUBJECT = '{{ template "email.default.subject" . }}'

/** Headers with a form of their own: an error in the place of their value would make them invalid. */
const FORMAL_HEADERS: ReadonlySet<string> = new Set([
  ...['To', 'Cc', 'Bcc', 'From', 'Sender', 'Reply-To', 'Return-Path', 'Date', 'Message-Id'],
  ...['References', 'In-Reply-To', 'Mime-Version', 'Content-Type', 'Content-Transfer-Encoding'],
])
/** Headers that say how the body is written, which only its writer knows. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'Mime-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
])

/** Mail servers take 10 MB, mostly; larger mails would be refused for good. */
const MAX_MAIL_BYTES = 8 * 1024 * 1024

/**
 * The mail, which lists as many alerts as go into one that is taken: the subject and the other headers know all of them.
 */
export async function writeMail(
  settings: EmailSettings,
  notification: Notification,
  textsOf: (notification: Notification) => Texts,
): Promise<Buffer> {
  const { length } = notification.alerts
  const texts = textsOf(notification)
  for (let shown = fewerAlerts(notification); ;) {
    const count = shown.alerts.length
    const note =
      count < length
        ? `This mail lists ${count} of ${length} alerts: with all of them it would be too large.`
        : ''
    const body = { texts: count < length ? textsOf(shown) : texts, note }
    const mail = await buildMail(settings, texts, notification, body)
    if (mail.length <= MAX_MAIL_BYTES || count <= 1) return mail
    shown = fewerAlerts(notification, Math.ceil(count / 4))
  }
}

interface Body {
  readonly texts: Texts
  /** What people are to know besides; empty for nothing. */
  readonly note: string
}

/**
 * The mail as it is sent (notify/email/email.go): text and HTML as alternatives, HTML last, headers as the file says. Values of
 * headers are on one line and encoded, so that none becomes a header of its own.
 */
async function buildMail(
  settings: EmailSettings,
  texts: Texts,
  notification: Notification,
  body: Body,
): Promise<Buffer> {
  const root = new MimeNode('multipart/alternative', { textEncoding: 'Q' })
  const headers = {
    Subject: DEFAULT_SUBJECT,
    To: settings.to,
    From: settings.from,
    ...settings.headers,
  }
  for (const [name, template] of Object.entries(headers)) {
    if (OWN_HEADERS.has(name)) continue
    const value = FORMAL_HEADERS.has(name) ? texts.plain(template) : texts.show(template)
    if (value !== '') root.setHeader(name, oneLine(value))
  }
  if (!('Message-Id' in settings.headers)) {
    root.setHeader('Message-Id', messageId(settings, notification))
  }
  if (!('Date' in settings.headers)) root.setHeader('Date', new Date(notification.nowMs))
  if (settings.threading.enabled) {
    const thread = threadId(settings, notification)
    root.setHeader('References', thread)
    root.setHeader('In-Reply-To', thread)
  }
  addBodies(root, settings, texts, body)
  return root.build()
}

function addBodies(root: MimeNode, settings: EmailSettings, headers: Texts, body: Body): void {
  const { texts, note } = body
  const add = (type: string, content: string): void => {
    root.createChild(`text/${type}; charset=utf-8`, { textEncoding: 'Q' }).setContent(content)
  }
  // Without any body there is an empty one: a multipart must have a part.
  if (settings.text !== '' || settings.html === '') {
    const text = texts.body(settings.text)
    add('plain', headers.withErrors(note === '' ? text : `${text}\n\n${note}`))
  }
  if (settings.html === '') return
  const html = texts.htmlBody(settings.html)
  const notes = [...headers.errors, ...(note === '' ? [] : [note])]
  add('html', [html, ...notes.map((each) => `<p>${escapeHtml(each)}</p>`)].join('\n'))
}

/**
 * The same for each attempt to tell the same, so that a mail that was accepted and sent again, because the answer was lost, is
 * known as one.
 */
function messageId({ to }: EmailSettings, { dedupKey, receiver, nowMs }: Notification): string {
  const digest = createHash('sha256').update(`${dedupKey}\n${receiver}\n${to}`).digest('hex')
  return `<${nowMs}.${digest.slice(0, 32)}@${hostname().replaceAll(/[^\w.-]/g, '') || 'localhost'}>`
}

/**
 * The message that all mails of a group answer, which never was: mail programs show them together. As the original writes it, so
 * that threads go on after a move.
 */
function threadId({ threading }: EmailSettings, { dedupKey, nowMs }: Notification): string {
  const day = threading.byDate === 'daily' ? localDay(new Date(nowMs)) : ''
  return `<alert-${dedupKey.slice(0, 16)}-${day}@alertmanager>`
}

function localDay(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\u0000-\u001f\u007f]+/g, ' ').trim()
}
