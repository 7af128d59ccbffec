import { randomBytes } from 'node:crypto'
import type { Exchange, Route } from '../exchange.ts'
import { textAnswer } from '../listener.ts'
import type { Answer } from '../send.ts'
import type { StaticFiles } from './static-files.ts'

/** Every path that no other route answers: a file, or the page whose script finds its way by the path. */
export function staticRoutes(files: StaticFiles): Route[] {
  const handle = (exchange: Exchange): Promise<Answer> => answer(files, exchange)
  return [
    { methods: ['GET'], path: '/', permission: 'open', handle },
    { methods: ['GET'], path: '/*', permission: 'open', handle },
  ]
}

async function answer(files: StaticFiles, exchange: Exchange): Promise<Answer> {
  const urlPath = `/${exchange.pathParam('*')}`
  if (urlPath.startsWith('/api/')) {
    return { status: 404, contentType: 'application/json', body: '{"message":"Not found"}' }
  }
  const accepts = exchange.headers['accept-encoding']
  const found = await files.find(urlPath, typeof accepts === 'string' ? accepts : '')
  if (found !== undefined) {
    const { contentType, coding, isImmutable, body } = found
    const headers = {
      'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      ...(coding === undefined ? {} : { 'content-encoding': coding, vary: 'Accept-Encoding' }),
    }
    return { contentType, headers, body }
  }
  // A missing script answered with a page would be a riddle; so would any other file.
  if (/\.[a-z0-9]{1,8}$/i.test(urlPath) || urlPath.startsWith('/assets/')) {
    return textAnswer(404, '404 page not found')
  }
  const nonce = randomBytes(18).toString('base64')
  const page = files.page(nonce)
  return page === undefined ? notBuilt() : pageAnswer(page, nonce)
}

function pageAnswer(page: string, nonce: string): Answer {
  return {
    contentType: 'text/html; charset=utf-8',
    headers: { 'cache-control': 'no-store', 'content-security-policy': policy(nonce) },
    body: page,
  }
}

/**
 * Scripts are files of ours. Style elements need the nonce: the component kit and the editor make some. Style attributes are set
 * by script, which the policy does not regard.
 */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: https:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function notBuilt(): Answer {
  const text = 'The web UI has not been built: run `npm run build` and start again.'
  return textAnswer(503, text)
}
