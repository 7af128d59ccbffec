import addressParser from 'nodemailer/lib/addressparser'
import { readTlsSettings } from '../../outbound/tls-settings.ts'
import { writeMail } from './email-message.ts'
import type { EmailSettings } from './email-settings.ts'
import { hideSecrets } from '../../outbound/hide-secrets.ts'
import type { Notification, NotifyTools, ReceiverKind, SendOutcome } from './receiver-kind.ts'
import { revealSource } from './secret-source.ts'
import { SendFault } from './send-fault.ts'
import { deliverMail, type Delivery, type SmtpLogin, type SmtpServer } from './smtp-session.ts'
import { Texts } from './texts.ts'

/** The port on which TLS is spoken from the start (RFC 8314). */
const IMPLICIT_TLS_PORT = 465
/** What may stand for a number (RFC 6335). */
const PORT_NAMES: Readonly<Record<string, number>> = {
  smtp: 25,
  smtps: IMPLICIT_TLS_PORT,
  submissions: IMPLICIT_TLS_PORT,
  submission: 587,
}

/**
 * Sends a mail (notify/email/email.go). Where a server takes the mail for some of its recipients, they get it, and only those
 * whom it put off are tried again; the original sends nobody anything.
 */
export const email: ReceiverKind<EmailSettings> = {
  name: 'email',
  create: (settings, tools) => {
    // Who has got which notification already: attempts have the notification in common.
    const served = new WeakMap<Notification, Set<string>>()
    return {
      send: async (notification, signal) => {
        const done = served.get(notification) ?? new Set()
        served.set(notification, done)
        const secrets: string[] = []
        try {
          return await sendOnce(settings, tools, { notification, signal, done, secrets })
        } catch (thrown) {
          const outcome = faultOf(thrown).outcome
          return outcome.ok ? outcome : { ...outcome, reason: hideSecrets(outcome.reason, secrets) }
        }
      },
    }
  },
}

interface Attempt {
  readonly notification: Notification
  readonly signal: AbortSignal
  /** Who needs it no more; what is delivered is added. */
  readonly done: Set<string>
  /** What must not be said; what is used is added. */
  readonly secrets: string[]
}

async function sendOnce(
  settings: EmailSettings,
  { templates, log }: NotifyTools,
  { notification, signal, done, secrets }: Attempt,
): Promise<SendOutcome> {
  const texts = new Texts(templates, notification)
  const [from, ...more] = readAddresses('from', texts.need('from', settings.from))
  if (from === undefined || more.length > 0) {
    throw new SendFault(`from must be exactly one address, not ${more.length + 1}`)
  }
  const to = readAddresses('to', texts.need('to', settings.to)).filter((each) => !done.has(each))
  if (to.length === 0) return { ok: true, answer: 'everybody has it' }
  const server = await serverOf(settings, secrets)
  const message = await writeMail(settings, notification, (told) => new Texts(templates, told))
  const delivery = await deliverMail(server, { from, to }, message, signal)
  for (const address of delivery.accepted) done.add(address)
  for (const { address, reason, isFinal } of delivery.refused) {
    if (isFinal) done.add(address)
    log.warn('a mail was not taken for one of its recipients', { recipient: address, reason })
  }
  return outcomeOf(delivery)
}

function outcomeOf({ response, refused }: Delivery): SendOutcome {
  const tell = refused.map(({ address, reason }) => `not for ${address}: ${reason}`).join('; ')
  if (refused.every(({ isFinal }) => isFinal)) {
    return { ok: true, answer: [response, ...(tell === '' ? [] : [tell])].join('; ') }
  }
  return {
    ok: false,
    retry: true,
    reason: `the server took the mail, but ${tell}`,
    failure: 'serverError',
  }
}

function readAddresses(name: string, text: string): string[] {
  return addressParser(text, { flatten: true }).map(({ address }) => {
    if (/^[^\s@<>]+@[^\s@<>]+$/.test(address)) return address
    throw new SendFault(
      `${name} must be addresses such as ops@example.com, separated by commas, not ${JSON.stringify(text.slice(0, 200))}`,
    )
  })
}

async function serverOf(settings: EmailSettings, secrets: string[]): Promise<SmtpServer> {
  const { smarthost, forceImplicitTls, requireTls } = settings
  const port = PORT_NAMES[smarthost.port] ?? Number(smarthost.port)
  if (!(port > 0 && port < 65536))
    throw new SendFault(`smarthost: no port is called ${smarthost.port}`)
  const isImplicit = forceImplicitTls ?? port === IMPLICIT_TLS_PORT
  return {
    host: smarthost.host.replace(/^\[(.*)\]$/, '$1'),
    port,
    hello: settings.hello,
    encryption: isImplicit ? 'implicit' : requireTls ? 'starttls' : 'none',
    tls: settings.tls && (await readTlsSettings(settings.tls)),
    login: settings.authUsername === '' ? undefined : await loginOf(settings, secrets),
  }
}

async function loginOf(settings: EmailSettings, secrets: string[]): Promise<SmtpLogin> {
  const { authUsername, authPassword, authSecret, authIdentity } = settings
  const password = authPassword && (await revealSource(authPassword))
  const secret = authSecret && (await revealSource(authSecret))
  secrets.push(...[password, secret].filter((each) => each !== undefined))
  return { username: authUsername, password, secret, identity: authIdentity }
}

/** A file that cannot be read now may be there later. */
function faultOf(thrown: unknown): SendFault {
  if (thrown instanceof SendFault) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new SendFault(reason, { retry: true, failure: 'other' })
}
