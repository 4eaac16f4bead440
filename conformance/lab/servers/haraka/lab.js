'use strict'
// What Haraka leaves to plugins: whom this server knows, who may send elsewhere, and where mail goes. Local mail is
// written into Maildirs as Haraka hands it over, below a Return-Path; all other mail is queued by Haraka for the sink.

const fs = require('node:fs/promises')
const { Address } = require('@haraka/email-address')
const DSN = require('haraka-dsn')
const outbound = require('./outbound')

const DOMAIN = 'mail.test'
const SINK = 'sink.test'
const HERE = { exchange: '127.0.0.1', port: @port_smtp@, priority: 0 }
const NEXT_HOP = { exchange: '127.0.0.1', port: @port_sink@, priority: 0 }
const SUBMISSION = @port_submission@
const FORMER = /^Return-Path:[^\n]*\n(?:[ \t][^\n]*\n)*/gim // the field that an earlier delivery wrote
const READERS = new Map(
    Object.entries({
        user1: ['user1'],
        user2: ['user2'],
        user3: ['user3'],
        postmaster: ['user1'],
        abuse: ['user1'],
        noc: ['user1'],
        security: ['user1'],
        both: ['user1', 'user2'],
        forward: [`<keeper@${SINK}>`],
    }),
)

exports.hook_mail = (next, connection) => {
    if (connection.local.port === SUBMISSION && !connection.relaying) {
        return next(DENY, DSN.create(530, 'Authentication required', 7, 0))
    }
    next()
}

exports.hook_rcpt = (next, connection, [recipient]) => {
    if (local(recipient)) {
        return readers(recipient) ? next(OK) : next(DENY, DSN.no_such_user())
    }
    if (connection.relaying || recipient.host.toLowerCase() === SINK) return next(OK)
    next(DENY, DSN.relaying_denied())
}

exports.hook_queue = (next, connection) => deliver(next, connection.transaction)
exports.hook_queue_outbound = exports.hook_queue

// Domains that cannot exist are left to Haraka, which asks for them: the harness says so, if it likes.
exports.hook_get_mx = (next, hmail, domain) => {
    if (domain.toLowerCase().endsWith('.invalid')) return next()
    next(OK, domain.toLowerCase() === DOMAIN ? HERE : NEXT_HOP)
}

function local(address) {
    return !address.host || address.host.toLowerCase() === DOMAIN
}

function readers(address) {
    const [, quoted] = address.user.match(/^"(.*)"$/s) ?? [] // Haraka gives a local part as it was written
    const user = quoted === undefined ? address.user : quoted.replace(/\\(.)/gs, '$1')
    return READERS.get(user.toLowerCase())
}

function deliver(next, transaction) {
    const found = transaction.rcpt_to.filter(local).flatMap(readers)
    const users = [...new Set(found.filter((reader) => !reader.startsWith('<')))]
    const forwarded = found.filter((reader) => reader.startsWith('<')).map((reader) => new Address(reader))
    const elsewhere = [...transaction.rcpt_to.filter((recipient) => !local(recipient)), ...forwarded]

    transaction.message_stream.get_data({ line_endings: '\n' }, async (data) => {
        try {
            for (const user of users) await write(user, transaction, data)
        } catch (error) {
            return next(DENYSOFT, error.message)
        }
        if (elsewhere.length === 0) return next(OK)
        transaction.rcpt_to = elsewhere
        outbound.send_trans_email(transaction, next)
    })
}

async function write(user, transaction, data) {
    const folder = `/srv/mail/${user}/Maildir`
    const end = data.indexOf('\n\n') + 1
    const head = data.toString('latin1', 0, end).replace(FORMER, '')
    const path = `Return-Path: ${transaction.mail_from.format()}\n`
    await fs.writeFile(
        `${folder}/tmp/${transaction.uuid}`,
        Buffer.concat([Buffer.from(path), Buffer.from(head, 'latin1'), data.subarray(end)]),
    )
    await fs.rename(`${folder}/tmp/${transaction.uuid}`, `${folder}/new/${transaction.uuid}`)
}
