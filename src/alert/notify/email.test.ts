import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createAuthority,
  createCertificate,
  hasOpenssl,
} from '../../outbound/testing/certificates.ts'
import { FakeMailbox, type MailboxOptions } from '../testing/fake-mailbox.ts'
import { matching } from '../testing/matching.ts'
import { ReceiverBench } from '../testing/receiver-bench.ts'
import {
  hostileNotification,
  sampleAlert,
  sampleNotification,
  sampleResolved,
} from '../testing/sample-notification.ts'
import type { Notification } from './receiver-kind.ts'

let bench: ReceiverBench

beforeEach(() => {
  bench = new ReceiverBench()
})

afterEach(() => bench.close())

async function mailbox(options?: MailboxOptions): Promise<FakeMailbox> {
  const box = await FakeMailbox.start(options)
  bench.closes(box)
  return box
}

/** Sends by an entry in plain text, with more keys. */
function send(
  box: FakeMailbox,
  keys: string,
  notification?: Notification,
  addresses = 'from: Alerts <alerts@example.com>, to: ops@example.com',
) {
  const fixed = `smarthost: '127.0.0.1:${box.port}', require_tls: false, ${addresses}`
  return bench.send('email', `{${fixed}, ${keys}}`, notification)
}

describe('email', () => {
  it('sends text and HTML as alternatives, with every setting', async () => {
    const box = await mailbox()
    const outcome = await bench.send(
      'email',
      `{smarthost: '127.0.0.1:${box.port}', require_tls: false, hello: me.example.com,
        from: '{{ .Receiver }} <{{ .GroupLabels.alertname }}@example.com>', to: 'Ops <ops@example.com>, {{ .CommonLabels.severity }}@example.com',
        headers: {subject: '{{ .Status }}: größer', x-severity: '{{ .CommonLabels.severity }}', Reply-To: r@example.com},
        text: '{{ len .Alerts }} < 2', html: '<b>{{ .CommonLabels.instance }}</b>'}`,
    )
    expect(outcome).toEqual({ ok: true, answer: matching(/^250 .*queued as 1/) })
    const { from, to, hello, isSecure, mail, raw } = box.only
    expect({ from, to, hello, isSecure }).toEqual({
      from: 'DiskFull@example.com',
      to: ['ops@example.com', 'critical@example.com'],
      hello: 'me.example.com',
      isSecure: false,
    })
    expect(mail).toMatchObject({ subject: 'firing: größer', text: '1 < 2', html: '<b>db-1</b>' })
    expect(headersOf(box)).toMatchObject({
      to: 'To: Ops <ops@example.com>, critical@example.com',
      from: 'From: team <DiskFull@example.com>',
      'reply-to': 'Reply-To: r@example.com',
      'x-severity': 'X-Severity: critical',
      'mime-version': 'MIME-Version: 1.0',
      'content-type': matching(/multipart\/alternative/),
      'message-id': matching(/<\S+@\S+>/),
    })
    expect(headersOf(box)).not.toHaveProperty('references')
    // The last alternative is the one that is shown.
    expect(raw.indexOf('text/plain')).toBeLessThan(raw.indexOf('text/html'))
  })

  it('says by default what fires, and that it is over', async () => {
    const box = await mailbox()
    await send(box, '')
    await send(box, '', sampleResolved())
    expect(box.seen.map(({ mail }) => mail.subject)).toEqual([
      '[FIRING:1] DiskFull (db-1 critical)',
      '[RESOLVED] DiskFull (db-1 critical)',
    ])
    expect(box.seen[0]?.mail.html).toContain('db-1 is full')
    expect(box.seen[0]?.raw).not.toContain('text/plain')
    expect(box.seen[0]?.raw).toContain('multipart/alternative')
  })

  it('ties the mails of a group together', async () => {
    const box = await mailbox()
    const nowMs = new Date(2026, 4, 1, 12).getTime()
    for (const by of ['none', 'daily']) {
      await send(
        box,
        `threading: {enabled: true, thread_by_date: ${by}}`,
        sampleNotification({ nowMs }),
      )
    }
    expect(
      box.seen.map(({ mail }) => [mail.headers.get('references'), mail.headers.get('in-reply-to')]),
    ).toEqual([
      ['<alert-a8d3c1e2a8d3c1e2-@alertmanager>', '<alert-a8d3c1e2a8d3c1e2-@alertmanager>'],
      [
        '<alert-a8d3c1e2a8d3c1e2-2026-05-01@alertmanager>',
        '<alert-a8d3c1e2a8d3c1e2-2026-05-01@alertmanager>',
      ],
    ])
    // A second attempt is the same mail, that to somebody else is another.
    const ids = box.seen.map(({ mail }) => mail.messageId)
    expect(new Set(ids).size).toBe(1)
    await send(box, '', sampleNotification({ nowMs }), 'from: a@example.com, to: b@example.com')
    expect(box.seen.at(-1)?.mail.messageId).not.toBe(ids[0])
  })

  it('lets no value become a header, a recipient or markup', async () => {
    const box = await mailbox()
    await send(
      box,
      `headers: {Subject: '{{ .CommonLabels.instance }}', X-Instance: '{{ .CommonLabels.instance }}'},
        text: '{{ .CommonLabels.instance }}', html: '<p title="{{ .CommonLabels.instance }}">{{ .CommonAnnotations.summary }}</p>'`,
      hostileNotification(),
    )
    const { to, mail, raw } = box.only
    expect(to).toEqual(['ops@example.com'])
    expect(Object.keys(headersOf(box)).sort()).toEqual(
      [
        'subject',
        'x-instance',
        'from',
        'to',
        'date',
        'message-id',
        'mime-version',
        'content-type',
      ].sort(),
    )
    expect(mail.subject).toMatch(/ Bcc: victim@example.com <script>/)
    expect(mail.html).not.toContain('<script>')
    expect(raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im)
  })

  it('lists as many alerts of a storm as go into a mail that servers take', async () => {
    const box = await mailbox()
    const alerts = Array.from({ length: 6000 }, (_, i) =>
      sampleAlert({
        status: i % 2 === 0 ? 'resolved' : 'firing',
        labels: { alertname: 'DiskFull', instance: `db-${i}` },
        annotations: { summary: 'ä'.repeat(2000) },
      }),
    )
    const outcome = await send(box, `send_resolved: true`, sampleNotification({ alerts }))
    expect(outcome).toMatchObject({ ok: true })
    const { mail, raw } = box.only
    expect(raw.length).toBeLessThan(10_000_000)
    expect(mail.subject).toContain('[FIRING:3000')
    expect(String(mail.html)).toMatch(/This mail lists \d+ of 6000 alerts/)
    expect(String(mail.html)).toContain('db-1<')
    expect(String(mail.html)).not.toContain('db-0<')
    expect(bench.logged.join('')).not.toContain('template failed')
  })

  it('shows the error of templates that fail', async () => {
    const box = await mailbox()
    const outcome = await send(
      box,
      `headers: {Subject: '{{ .NoSubject }}', Reply-To: '{{ .NoReply }}'}, text: 'plain', html: '<i>{{ .NoHtml }}</i>'`,
    )
    expect(outcome.ok).toBe(true)
    const { mail } = box.only
    expect(mail.subject).toContain('NoSubject')
    expect(mail.text).toMatch(/^plain\n.*NoReply/)
    expect(mail.html).toMatch(/NoHtml[^]*<pre>[^]*DiskFull[^]*instance: db-1[^]*<\/pre>/)
    expect(headersOf(box)).not.toHaveProperty('reply-to')
    expect(await send(box, '', undefined, `from: a@b, to: '{{ .Nope }}'`)).toMatchObject({
      ok: false,
      retry: false,
      reason: matching(/template of to failed.*Nope/),
    })
  })

  it.each([
    ['to: nobody', /to must be addresses/],
    [`to: 'a@b, c'`, /to must be addresses/],
    [`from: 'a@b, c@d'`, /from must be exactly one address, not 2/],
  ])('refuses %s', async (keys, reason) => {
    const outcome = await bench.send(
      'email',
      `{smarthost: '127.0.0.1:9', ${keys}, ${keys.startsWith('to') ? 'from: a@b' : 'to: a@b'}}`,
    )
    expect(outcome).toMatchObject({ ok: false, retry: false, reason: matching(reason) })
  })
})

describe("a mail server's answers", () => {
  it.each([
    [{ refuseMail: () => ({ code: 452, text: 'full' }) }, true, 'serverError', /452 full/],
    [{ refuseMail: () => ({ code: 554, text: 'spam' }) }, false, 'clientError', /554 spam/],
    [{ refuse: () => ({ code: 450, text: 'grey' }) }, true, 'serverError', /450 grey/],
    [{ refuse: () => ({ code: 550, text: 'nobody' }) }, false, 'clientError', /550 nobody/],
  ])('decide whether it is tried again: %j', async (options, retry, failure, reason) => {
    const outcome = await send(await mailbox(options), '')
    expect(outcome).toMatchObject({ ok: false, retry, failure, reason: matching(reason) })
  })

  it('are heard for each recipient: who has it gets it once', async () => {
    const put = new Map([
      ['late@example.com', 450],
      ['gone@example.com', 550],
    ])
    const box = await mailbox({
      refuse: (address) => {
        const code = put.get(address)
        return code === undefined ? undefined : { code, text: `no ${address}` }
      },
    })
    const notifier = bench.notifier(
      `{route: {receiver: t}, receivers: [{name: t, email_configs: [{smarthost: '127.0.0.1:${box.port}', from: a@b,
        to: 'ops@example.com, late@example.com, gone@example.com', require_tls: false}]}]}`,
    )
    const notification = sampleNotification()
    const attempt = () => notifier.send(notification, AbortSignal.timeout(10_000))
    expect(await attempt()).toMatchObject({
      ok: false,
      retry: true,
      reason: matching(/not for late@.*450/),
    })
    put.delete('late@example.com')
    expect(await attempt()).toMatchObject({ ok: true })
    expect(box.seen.map(({ to }) => to)).toEqual([['ops@example.com'], ['late@example.com']])
    expect(bench.logged.join('')).toMatch(/recipient=gone@example.com.*550/)
  })

  it('are not waited for longer than allowed, nor is a server that is not there', async () => {
    const silent = await bench.serveRaw()
    const hanging = bench
      .notifier(emailTo(silent.port))
      .send(sampleNotification(), AbortSignal.timeout(100))
    expect(await hanging).toMatchObject({ retry: true, failure: 'contextDeadlineExceeded' })
    await silent.close()
    expect(
      await bench
        .notifier(emailTo(silent.port))
        .send(sampleNotification(), AbortSignal.timeout(9000)),
    ).toMatchObject({ ok: false, retry: true, failure: 'other', reason: matching(/ECONNREFUSED/) })
  })
})

function emailTo(port: number): string {
  return `{route: {receiver: t}, receivers: [{name: t, email_configs: [{smarthost: '127.0.0.1:${port}', from: a@b, to: c@d, require_tls: false}]}]}`
}

describe('logging in to a mail server', () => {
  const login = 'auth_username: u'

  it.each([
    [['PLAIN', 'LOGIN'], 'auth_password: sesame', 'PLAIN u'],
    [['LOGIN'], 'auth_password: sesame', 'LOGIN u'],
    [['CRAM-MD5', 'PLAIN'], 'auth_secret: sesame', 'CRAM-MD5 u'],
    [['PLAIN', 'CRAM-MD5'], 'auth_password: sesame', 'PLAIN u'],
    [[], 'auth_password: sesame', undefined],
  ])('takes of %j what there is a secret for: %s', async (authMethods, secret, expected) => {
    const box = await mailbox({ authMethods, password: 'sesame' })
    expect(await send(box, `${login}, ${secret}`)).toMatchObject({ ok: true })
    expect(box.only.login).toBe(expected)
  })

  it('reads the password from a file each time', async () => {
    const box = await mailbox({ authMethods: ['LOGIN'], password: 'sesame' })
    bench.write('password', 'sesame\n')
    expect(await send(box, `${login}, auth_password_file: password`)).toMatchObject({ ok: true })
    bench.write('password', 'other-word')
    const outcome = await send(box, `${login}, auth_password_file: password`)
    expect(outcome).toMatchObject({ retry: false, failure: 'authError', reason: matching(/535/) })
    expect(JSON.stringify(outcome)).not.toContain('other-word')
  })

  it('says which methods it cannot use', async () => {
    const box = await mailbox({ authMethods: ['XOAUTH2'], password: 'x' })
    const outcome = await send(box, `${login}, auth_password: sesame`)
    expect(outcome).toMatchObject({
      retry: false,
      failure: 'authError',
      reason: matching(/XOAUTH2.*a password/),
    })
  })
})

describe.skipIf(!hasOpenssl())('mail over TLS', () => {
  it('is asked for by STARTTLS, spoken from the start where that is said, and never left out', async () => {
    const authority = createAuthority(bench.folder, 'ca')
    const files = createCertificate(bench.folder, 'mail', authority, 'IP:127.0.0.1,DNS:localhost')
    const tls = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') }
    const starttls = await mailbox({ tls, authMethods: ['PLAIN'], password: 'p' })
    const implicit = await mailbox({ tls, isImplicitTls: true })
    const plain = await mailbox()
    const over = (box: FakeMailbox, keys: string) =>
      bench.send('email', `{smarthost: 'localhost:${box.port}', from: a@b, to: c@d, ${keys}}`)
    const trusting = 'tls_config: {ca_file: ca.pem}'
    expect(await over(starttls, `auth_username: u, auth_password: p, ${trusting}`)).toMatchObject({
      ok: true,
    })
    expect(await over(implicit, `force_implicit_tls: true, ${trusting}`)).toMatchObject({
      ok: true,
    })
    expect([starttls.only, implicit.only].map(({ isSecure }) => isSecure)).toEqual([true, true])
    expect(starttls.only.login).toBe('PLAIN u')
    expect(await over(starttls, '')).toMatchObject({ ok: false, reason: matching(/certificate/) })
    expect(await over(plain, trusting)).toMatchObject({ ok: false, reason: matching(/STARTTLS/) })
    expect(plain.seen).toEqual([])
  })
})

/** The lines of headers by name; a header that stands there twice shows twice. */
function headersOf(box: FakeMailbox): Record<string, string> {
  const out: Record<string, string> = {}
  for (const { key, line } of box.only.mail.headerLines)
    out[key in out ? `${key} again` : key] = line
  return out
}
