module.exports = ({ env }) => ({
  connection: JSON.parse(env('TEST_CONNECTION')),
});
