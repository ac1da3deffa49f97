<?cs include!"layout.cs" ?><?cs include!"form.cs" ?><?cs
if:Problem.title ?><?cs call:page_begin(Problem.title) ?><?cs
else ?><?cs call:page_begin(T.write_title) ?><?cs /if ?>
<h1><?cs var:T.write_title ?></h1>
<?cs call:form_problem() ?>
<?cs if:Preview.shown ?>
<section class="preview" aria-labelledby="preview-title">
<h2 class="status" id="preview-title"><?cs var:T.preview_title ?></h2>
<article class="post">
<header>
<?cs if:Preview.titled ?><h3 dir="auto"><?cs var:Preview.title ?></h3><?cs /if ?>
<p class="name"><bdi><?cs var:Preview.name ?></bdi></p>
</header>
<div class="text" dir="auto"><?cs uvar:Preview.text_html ?></div>
</article>
</section>
<?cs /if ?>
<form class="write" method="post" action="<?cs var:Site.base ?>/write">
<?cs call:line_field("title", T.title_label, Form.title, "off", 0, 1) ?>
<?cs call:line_field("full_name", T.name_label, Form.full_name, "name", 1, !Form.title.error) ?>
<?cs call:text_field("data", T.text_label, Form.data, !Form.title.error && !Form.full_name.error) ?>
<details class="markup">
<summary><?cs var:T.markup ?></summary>
<ul>
<li><?cs var:T.markup_emphasis ?></li>
<li><?cs var:T.markup_link ?></li>
<li><?cs var:T.markup_list ?></li>
<li><?cs var:T.markup_quote ?></li>
<li><?cs var:T.markup_code ?></li>
</ul>
</details>
<div class="actions">
<button class="send plain" name="preview" value="1"><?cs var:T.preview ?></button>
<button class="send"><?cs var:T.submit ?></button>
</div>
</form>
<?cs call:page_end() ?>
