/* Sends the answer on at once. Not form.submit(): a field of that name would hide it. */
HTMLFormElement.prototype.submit.call(document.getElementById('answer'))
