import { defineConfig } from 'vite'

/** Stands in index.html for the nonce of each answer (src/http/ui/static-files.ts). */
const NONCE_PLACEHOLDER = '__VEDETTE_NONCE__'

/** The web UI: web/ → dist/web/, built by scripts/lib/bundle-web.mjs. */
export default defineConfig({
  root: 'web',
  // Scripts and styles find each other wherever the page is; the server writes into the page where it is.
  base: './',
  html: { cspNonce: NONCE_PLACEHOLDER },
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // Everything comes from files of our own: nothing is inlined that the Content-Security-Policy would refuse.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:3000' } },
})
