import assert from 'node:assert/strict'
import { type Argon2Parameters, argon2Sync } from 'node:crypto'
import { test } from 'node:test'
import { isFailure } from '#base'
import {
  Argon2Passwords,
  defaultPasswordCost,
  hashesAtOnceMax,
  hashesWaitingMax,
} from './argon2-passwords.ts'
import { parsePasswordText, renderPasswordText } from './password-text.ts'

const small = { memoryKiB: 64, passes: 1, lanes: 1 }
const password = 'correct horse battery staple'

/** The real thing, and what was asked of it. */
function countedArgon2() {
  const asked: Pick<Argon2Parameters, 'memory' | 'passes' | 'parallelism'>[] = []
  const compute = async (parameters: Argon2Parameters) => {
    const { memory, passes, parallelism } = parameters
    asked.push({ memory, passes, parallelism })
    return new Uint8Array(argon2Sync('argon2id', parameters))
  }
  return { asked, compute }
}

test('the right password is right, every other is wrong, and no two hashes are equal', async () => {
  const passwords = new Argon2Passwords(small)
  const [one, other] = [await passwords.hash(password), await passwords.hash(password)]
  assert.notEqual(one, other)
  assert.match(one, /^\$argon2id\$v=19\$m=64,t=1,p=1\$[^$]{22}\$[^$]{43}$/)
  assert.ok(!one.includes(password))
  const verdicts = [password, `${password} `, '', password.toUpperCase(), 'correct horse']
  const rights = verdicts.map(async (guess) => (await passwords.verify(guess, one)).isRight)
  assert.deepEqual(await Promise.all(rights), [true, false, false, false, false])
})

test('it reads what the reference program wrote', async () => {
  // echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 -e
  const text =
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  assert.deepEqual(await new Argon2Passwords(small).verify('password', text), {
    isRight: true,
    isOutdated: false,
  })
  assert.equal(renderPasswordText(parsePasswordText(text)), text)
})

test('a login that nobody has costs the same work as a wrong password (A22)', async () => {
  const counted = countedArgon2()
  const passwords = new Argon2Passwords(small, counted.compute)
  const text = await passwords.hash(password)
  counted.asked.length = 0
  assert.equal((await passwords.verify('wrong', text)).isRight, false)
  const ofWrong = counted.asked.splice(0)
  assert.deepEqual(await passwords.verify('wrong', undefined), {
    isRight: false,
    isOutdated: false,
  })
  assert.deepEqual(counted.asked, ofWrong)
  assert.equal(ofWrong.length, 1)
})

test('a hash with smaller parameters is outdated once it was right; a stronger one never', async () => {
  const weak = await new Argon2Passwords(small).hash(password)
  const grown = new Argon2Passwords({ ...small, passes: 2 })
  assert.deepEqual(await grown.verify(password, weak), { isRight: true, isOutdated: true })
  assert.deepEqual(await grown.verify('wrong', weak), { isRight: false, isOutdated: false })
  const strong = await grown.hash(password)
  const { isOutdated } = await new Argon2Passwords(small).verify(password, strong)
  assert.equal(isOutdated, false)
})

test('two hashes run at once, some wait, and the rest is told that the server is busy', async () => {
  let running = 0
  let most = 0
  const doors: (() => void)[] = []
  const passwords = new Argon2Passwords(small, async () => {
    most = Math.max(most, ++running)
    await new Promise<void>((open) => doors.push(open))
    running--
    return new Uint8Array(32)
  })
  const asked = Array.from({ length: hashesAtOnceMax + hashesWaitingMax + 3 }, () =>
    passwords.verify('x', undefined).then(
      () => 'done',
      (problem: unknown) => (isFailure(problem) ? problem.code : 'bug'),
    ),
  )
  let isOver = false
  const all = Promise.all(asked).finally(() => {
    isOver = true
  })
  while (!isOver) {
    for (const open of doors.splice(0)) open()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const answers = await all
  assert.equal(answers.filter((answer) => answer === 'server.busy').length, 3)
  assert.equal(answers.filter((answer) => answer === 'done').length, answers.length - 3)
  assert.equal(most, hashesAtOnceMax)
  assert.equal(hashesAtOnceMax, 2)
})

test('letters count as letters, however they were composed', async () => {
  const passwords = new Argon2Passwords(small)
  const text = await passwords.hash('caf\u00e9 am meer 12')
  assert.equal((await passwords.verify('cafe\u0301 am meer 12', text)).isRight, true)
})

test('new passwords cost 64 MiB and three passes', async () => {
  const text = await new Argon2Passwords().hash(password)
  const { memoryKiB, passes, lanes } = parsePasswordText(text)
  assert.deepEqual({ memoryKiB, passes, lanes }, defaultPasswordCost)
  assert.deepEqual({ memoryKiB, passes }, { memoryKiB: 65_536, passes: 3 })
})
