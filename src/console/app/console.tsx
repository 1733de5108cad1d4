/** What is around all pages: theme, language, what was asked of the server, who is signed in. */
import { createTheme, MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { queries } from '../api/queries.ts'
import { SessionGate } from '../api/session.tsx'
import { Toasts } from '../parts/toasts.tsx'
import { LanguageProvider } from '../words/language.tsx'
import { router } from './routes.tsx'

const styleNonce = document
  .querySelector('meta[name="style-nonce"]')
  ?.getAttribute('content')
  ?.trim()

// What keeps the page still behind a dialog asks here for the nonce of its style.
Object.assign(globalThis, { __webpack_nonce__: styleNonce })

const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: 9,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  autoContrast: true,
  components: { Badge: { defaultProps: { tt: 'none' } } },
})

export function Console() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => styleNonce ?? ''}>
      <LanguageProvider>
        <QueryClientProvider client={queries}>
          <Toasts>
            <SessionGate>
              <RouterProvider router={router} />
            </SessionGate>
          </Toasts>
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  )
}
