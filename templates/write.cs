<?cs include!"layout.cs" ?><?cs include!"form.cs" ?><?cs call:form_page_begin(T.write_title) ?>
<h1><?cs var:T.write_title ?></h1>
<?cs call:form_problem() ?>
<?cs call:form_preview() ?>
<form class="write" method="post" action="<?cs var:Board.base ?><?cs var:Form.action ?>">
<?cs call:form_fields() ?>
<?cs call:form_actions(T.submit) ?>
</form>
<?cs call:page_end() ?>
