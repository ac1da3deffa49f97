<?cs include!"layout.cs" ?><?cs include!"posts.cs" ?><?cs
if:Posted.id ?><?cs call:page_begin(T.posted) ?><?cs
elif:Problem.title ?><?cs call:page_begin(Problem.title) ?><?cs
else ?><?cs call:page_begin("") ?><?cs /if ?>
<h1><?cs var:T.home_title ?></h1>
<?cs if:Posted.id ?>
<div class="message success" role="status">
<p><?cs var:T.posted ?></p>
<p><a href="<?cs var:Site.base ?>/posts/<?cs var:Posted.id ?>"><?cs var:T.posted_link ?></a></p>
</div>
<?cs /if ?>
<?cs if:Problem.title ?>
<div class="message alert" role="alert">
<p><strong><?cs var:Problem.title ?></strong></p>
<p><?cs var:Problem.text ?></p>
</div>
<?cs /if ?>
<form class="write" method="post" action="<?cs var:Site.base ?>/">
<div class="field">
<label for="full_name"><?cs var:T.name_label ?></label>
<span class="hint" id="full_name-hint"><?cs var:Form.full_name.hint ?></span>
<input id="full_name" name="full_name" value="<?cs var:Form.full_name.value ?>" dir="auto" autocomplete="name" required aria-describedby="full_name-hint<?cs if:Form.full_name.error ?> full_name-error<?cs /if ?>"<?cs if:Form.full_name.error ?> aria-invalid="true" autofocus<?cs /if ?>>
<?cs if:Form.full_name.error ?><p class="error" id="full_name-error"><?cs var:Form.full_name.error ?></p><?cs /if ?>
</div>
<div class="field">
<label for="data"><?cs var:T.text_label ?></label>
<span class="hint" id="data-hint"><?cs var:Form.data.hint ?></span>
<?cs # A parser drops the first line break of a textarea: this one is ours. ?>
<textarea id="data" name="data" rows="6" dir="auto" required aria-describedby="data-hint<?cs if:Form.data.error ?> data-error<?cs /if ?>"<?cs if:Form.data.error ?> aria-invalid="true"<?cs if:!Form.full_name.error ?> autofocus<?cs /if ?><?cs /if ?>>
<?cs var:Form.data.value ?></textarea>
<?cs if:Form.data.error ?><p class="error" id="data-error"><?cs var:Form.data.error ?></p><?cs /if ?>
</div>
<button class="send"><?cs var:T.submit ?></button>
</form>
<section class="posts" aria-labelledby="newest">
<h2 id="newest"><?cs var:T.newest_title ?></h2>
<?cs if:Posts.away ?>
<p class="quiet"><?cs var:T.posts_away ?></p>
<?cs elif:Posts.0.id ?><?cs call:post_list() ?>
<p class="more"><a href="<?cs var:Site.base ?>/all"><?cs var:T.all_link ?></a></p>
<?cs else ?>
<p class="quiet"><?cs var:T.empty ?></p>
<?cs /if ?>
</section>
<?cs call:page_end() ?>
