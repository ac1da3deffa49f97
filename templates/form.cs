<?cs # A field with its label, its limits, and beside it what is wrong. name is
the field's, values its subtree of Form; focus goes to the first wrong one. ?><?cs
def:line_field(name, label, values, complete, needed, focus) ?><div class="field">
<label for="<?cs var:name ?>"><?cs var:label ?></label>
<span class="hint" id="<?cs var:name ?>-hint"><?cs var:values.hint ?></span>
<input id="<?cs var:name ?>" name="<?cs var:name ?>" value="<?cs var:values.value ?>" dir="auto" autocomplete="<?cs var:complete ?>"<?cs if:needed ?> required<?cs /if ?> aria-describedby="<?cs var:name ?>-hint<?cs if:values.error ?> <?cs var:name ?>-error<?cs /if ?>"<?cs if:values.error ?> aria-invalid="true"<?cs if:focus ?> autofocus<?cs /if ?><?cs /if ?>>
<?cs if:values.error ?><p class="error" id="<?cs var:name ?>-error"><?cs var:values.error ?></p><?cs /if ?>
</div>
<?cs /def ?><?cs
def:text_field(name, label, values, focus) ?><div class="field">
<label for="<?cs var:name ?>"><?cs var:label ?></label>
<span class="hint" id="<?cs var:name ?>-hint"><?cs var:values.hint ?></span>
<?cs # A parser drops the first line break of a textarea: this one is ours. ?>
<textarea id="<?cs var:name ?>" name="<?cs var:name ?>" rows="6" dir="auto" required aria-describedby="<?cs var:name ?>-hint<?cs if:values.error ?> <?cs var:name ?>-error<?cs /if ?>"<?cs if:values.error ?> aria-invalid="true"<?cs if:focus ?> autofocus<?cs /if ?><?cs /if ?>>
<?cs var:values.value ?></textarea>
<?cs if:values.error ?><p class="error" id="<?cs var:name ?>-error"><?cs var:values.error ?></p><?cs /if ?>
</div>
<?cs /def ?><?cs
def:form_problem() ?><?cs if:Problem.title ?>
<div class="message alert" role="alert">
<p><strong><?cs var:Problem.title ?></strong></p>
<p><?cs var:Problem.text ?></p>
</div>
<?cs /if ?><?cs /def ?>
