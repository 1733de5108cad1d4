/**
 * The page lets no text become HTML (Trusted Types). The one exception are rules of style that controls bring along: text
 * without a tag, which as HTML is nothing but text.
 */
type Policies = {
  readonly createPolicy: (name: string, rules: { createHTML: (text: string) => string }) => unknown
}

const { trustedTypes }: { readonly trustedTypes?: Policies } = globalThis as never

trustedTypes?.createPolicy('default', {
  createHTML(text) {
    if (text.includes('<')) throw new TypeError('no text becomes HTML in the console')
    return text
  },
})
