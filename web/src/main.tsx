import { MantineProvider } from '@mantine/core'
import '@mantine/core/styles.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { BASE_PATH, isBelowBase } from './api/base-path.ts'
import { ApiError } from './api/client.ts'
import { router } from './router.tsx'
import './theme/base.css'
import { pageNonce, publishNonce } from './theme/nonce.ts'
import { resolveVariables, theme } from './theme/theme.ts'

const MOST_RETRIES = 2

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      // What the server refuses it will refuse again; what it did not answer may come yet.
      retry: (count, error) =>
        count < MOST_RETRIES &&
        error instanceof ApiError &&
        (error.status === 0 || error.status === 503),
    },
  },
})

publishNonce()
const root = document.getElementById('root')
if (!isBelowBase(location.pathname)) {
  // Somebody who came past the proxy: the server answers below its path, too.
  location.replace(BASE_PATH + location.pathname + location.search + location.hash)
} else if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={resolveVariables}
        defaultColorScheme="auto"
        getStyleNonce={pageNonce}
      >
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  )
}
