<?cs # The fields of every form, those that Form says the page has: each with
its label, its limits, and beside it what is wrong. What is wrong is also told
above the form, with the focus on it. ?><?cs
def:form_page_begin(title) ?><?cs
if:Problem.title ?><?cs call:page_begin(Problem.title) ?><?cs
elif:Form.errors.0.text ?><?cs call:page_begin(T.errors_title) ?><?cs
else ?><?cs call:page_begin(title) ?><?cs /if ?><?cs /def ?><?cs
def:field_error(name, values) ?><?cs if:values.error ?>
<p class="error" id="<?cs var:name ?>-error"><?cs var:values.error ?></p><?cs /if ?><?cs /def ?><?cs
def:line_field(name, label, values, complete, needed) ?><div class="field">
<label for="<?cs var:name ?>"><?cs var:label ?></label>
<span class="hint" id="<?cs var:name ?>-hint"><?cs var:values.hint ?></span>
<input id="<?cs var:name ?>" name="<?cs var:name ?>" value="<?cs var:values.value ?>" dir="auto" autocomplete="<?cs var:complete ?>"<?cs if:needed ?> required<?cs /if ?> aria-describedby="<?cs var:name ?>-hint<?cs if:values.error ?> <?cs var:name ?>-error<?cs /if ?>"<?cs if:values.error ?> aria-invalid="true"<?cs /if ?>><?cs call:field_error(name, values) ?>
</div>
<?cs /def ?><?cs
def:form_markup() ?><details class="markup">
<summary><?cs var:T.markup ?></summary>
<ul>
<li><?cs var:T.markup_emphasis ?></li>
<li><?cs var:T.markup_link ?></li>
<li><?cs var:T.markup_list ?></li>
<li><?cs var:T.markup_quote ?></li>
<li><?cs var:T.markup_code ?></li>
</ul>
</details>
<?cs /def ?><?cs
def:form_fields() ?><?cs
if:Form.title.shown ?><?cs call:line_field("title", T.title_label, Form.title, "off", 0) ?><?cs /if ?><?cs
if:Form.category.shown && subcount(Categories) > 0 ?><div class="field">
<label for="category"><?cs var:T.category_label ?></label>
<select id="category" name="category"<?cs if:Form.category.error ?> aria-invalid="true" aria-describedby="category-error"<?cs /if ?>>
<option value=""><?cs var:T.category_none ?></option>
<?cs each:item = Categories ?><option value="<?cs var:item.number ?>"<?cs if:item.number == Form.category.value ?> selected<?cs /if ?>><?cs var:item.name ?></option>
<?cs /each ?></select><?cs call:field_error("category", Form.category) ?>
</div>
<?cs elif:Form.category.value ?><input type="hidden" name="category" value="<?cs var:Form.category.value ?>">
<?cs /if ?><?cs
if:Form.full_name.shown ?><?cs call:line_field("full_name", T.name_label, Form.full_name, "name", 1) ?><?cs /if ?><?cs
if:Form.password.shown ?><div class="field">
<label for="password"><?cs if:Form.version.shown ?><?cs var:T.password_again ?><?cs else ?><?cs var:T.password_label ?><?cs /if ?></label>
<span class="hint" id="password-hint"><?cs var:Form.password.hint ?></span>
<input type="password" id="password" name="password" value="<?cs var:Form.password.value ?>" maxlength="128" autocomplete="<?cs if:Form.version.shown ?>current-password<?cs else ?>new-password<?cs /if ?>" aria-describedby="password-hint<?cs if:Form.password.error ?> password-error<?cs /if ?>"<?cs if:Form.password.error ?> aria-invalid="true"<?cs /if ?>><?cs call:field_error("password", Form.password) ?>
</div>
<?cs /if ?><?cs
if:Form.data.shown ?><div class="field">
<label for="data"><?cs var:T.text_label ?></label>
<span class="hint" id="data-hint"><?cs var:Form.data.hint ?></span>
<?cs # A parser drops the first line break of a textarea: this one is ours. ?>
<textarea id="data" name="data" rows="6" dir="auto" required aria-describedby="data-hint<?cs if:Form.data.error ?> data-error<?cs /if ?>"<?cs if:Form.data.error ?> aria-invalid="true"<?cs /if ?>>
<?cs var:Form.data.value ?></textarea><?cs call:field_error("data", Form.data) ?>
<?cs call:form_markup() ?></div>
<?cs /if ?><?cs
if:Form.secret.shown ?><div class="field check">
<input type="checkbox" id="secret" name="secret" value="1"<?cs if:Form.secret.value ?> checked<?cs /if ?> aria-describedby="secret-hint">
<label for="secret"><?cs var:T.secret_label ?></label>
<span class="hint" id="secret-hint"><?cs var:Form.secret.hint ?></span>
</div>
<?cs /if ?><?cs
if:Form.version.shown ?><input type="hidden" name="version" value="<?cs var:Form.version.value ?>">
<?cs /if ?><?cs
if:Form.key.value ?><input type="hidden" name="key" value="<?cs var:Form.key.value ?>">
<?cs /if ?><?cs /def ?><?cs
def:form_actions(label) ?><div class="actions">
<button class="send plain" name="preview" value="1"><?cs var:T.preview ?></button>
<button class="send"><?cs var:label ?></button>
</div>
<?cs /def ?><?cs
def:form_problem() ?><?cs if:Problem.title ?>
<div class="message alert" role="alert">
<p><strong><?cs var:Problem.title ?></strong></p>
<p><?cs var:Problem.text ?></p><?cs if:Problem.id ?>
<p class="number"><?cs var:T.problem_id ?> <code><?cs var:Problem.id ?></code></p><?cs /if ?>
</div>
<?cs elif:Form.errors.0.text ?>
<div class="message alert" role="alert" tabindex="-1" autofocus>
<p><strong><?cs var:T.errors_title ?></strong></p>
<ul>
<?cs each:item = Form.errors ?><li><a href="#<?cs var:item.field ?>"><?cs var:item.text ?></a></li>
<?cs /each ?></ul>
</div>
<?cs /if ?><?cs /def ?><?cs
def:form_preview() ?><?cs if:Preview.shown ?>
<section class="preview" aria-labelledby="preview-title">
<h2 class="status" id="preview-title"><?cs var:T.preview_title ?></h2>
<div class="post">
<header>
<?cs if:Preview.titled ?><h3 dir="auto"><?cs var:Preview.title ?></h3><?cs /if ?>
<p class="name"><bdi><?cs var:Preview.name ?></bdi><?cs if:Preview.category ?> · <?cs var:Preview.category ?><?cs /if ?></p>
</header>
<div class="text" dir="auto"><?cs uvar:Preview.text_html ?></div>
</div>
</section>
<?cs /if ?><?cs /def ?>
