// SPDX-License-Identifier: GPL-3.0-or-later
// Finds the number that makes the form cheap to send once and dear to send a million times. It is searched for while the form
// is filled in; without this file the form works too, less often.
'use strict';
(() => {
    const form = document.querySelector('form[data-challenge]');
    if (!form || !window.crypto || !window.crypto.subtle)
        return;
    const field = form.elements.namedItem('work');
    const button = form.querySelector('button[type=submit]');
    const status = document.getElementById('work-status');
    const challenge = form.dataset.challenge;
    const bits = Number(challenge.split('.')[1]);
    const encoder = new TextEncoder();
    let search = null;

    const isSolution = async (text) => {
        const hash = new DataView(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
        return hash.getUint32(0) >>> (32 - bits) === 0;
    };

    const solve = async () => {
        const atOnce = 256; // awaited together: several times as quick as one by one
        for (let first = 0; ; first += atOnce) {
            const tries = Array.from({length: atOnce}, (_, i) => challenge + '.' + (first + i));
            const results = await Promise.all(tries.map(isSolution));
            const found = results.indexOf(true);
            if (found >= 0)
                return tries[found];
            await new Promise((resume) => setTimeout(resume, 0)); // typing goes first
        }
    };

    const start = () => {
        if (search)
            return search;
        status.textContent = form.dataset.working;
        search = solve().then((solution) => {
            field.value = solution;
            status.textContent = form.dataset.done;
        }, () => { status.textContent = ''; });
        return search;
    };

    form.addEventListener('input', start);
    form.addEventListener('submit', (event) => {
        button.disabled = true; // a second click would send a second request
        if (field.value)
            return;
        event.preventDefault();
        start().then(() => form.submit());
        status.textContent = form.dataset.waiting;
    });
    window.addEventListener('pageshow', () => { button.disabled = false; });
})();
