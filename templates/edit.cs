<?cs include!"layout.cs" ?><?cs include!"form.cs" ?><?cs include!"posts.cs" ?><?cs call:form_page_begin(T.edit_title) ?>
<h1><?cs var:T.edit_title ?></h1>
<?cs call:form_problem() ?>
<?cs if:Conflict.found ?>
<section class="preview" aria-labelledby="conflict-title">
<h2 class="status" id="conflict-title"><?cs var:T.conflict_title ?></h2>
<?cs if:Conflict.title ?><p class="title" dir="auto"><?cs var:Conflict.title ?></p>
<?cs /if ?><p class="name"><bdi><?cs var:Conflict.name ?></bdi><?cs if:Conflict.category ?> · <?cs var:Conflict.category ?><?cs /if ?><?cs if:Conflict.secret ?> · <span class="lock"><?cs var:T.secret_short ?></span><?cs /if ?></p>
<pre class="typed" dir="auto"><?cs var:Conflict.text ?></pre>
</section>
<?cs /if ?><?cs call:form_preview() ?>
<form class="write" method="post" action="<?cs var:Board.base ?><?cs var:Form.action ?>">
<?cs call:form_fields() ?>
<?cs call:form_actions(T.edit_submit) ?>
</form>
<?cs if:Post.id ?><p class="more"><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?><?cs if:Post.token ?>?key=<?cs var:Post.token ?><?cs /if ?>"><?cs var:T.back_to_post ?></a></p><?cs /if ?>
<?cs call:page_end() ?>
